/** Kafka's rules for topic names. Source: `org.apache.kafka.common.internals.Topic`. */

const LENGTH_MAX = 249;

/** What is wrong with a topic name, as a sentence, or null. */
export function topicNameProblem(name: string): string | null {
  if (name === '') return 'a topic name cannot be empty';
  if (name === '.' || name === '..') return `a topic cannot be called "${name}"`;
  if (name.length > LENGTH_MAX) {
    return `a topic name has at most ${String(LENGTH_MAX)} characters, not ${String(name.length)}`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `topic name "${name}" may only have letters, digits, ".", "_" and "-"`;
  }
  return null;
}

/** The name under which Kafka's metrics know it: two topics must not share one. */
export function topicMetricName(name: string): string {
  return name.replaceAll('.', '_');
}
