/** `min.insync.replicas` where there are fewer replicas than there were. */
import type { Scenario } from '../language/schema.js';
import { brokerCount } from './size.js';

type Config = NonNullable<Scenario['cluster']['config']>;

const MIN_ISR = 'min.insync.replicas';

/** `min.insync.replicas` less than the fewest replicas of a partition (1 where there is but one). */
export function withMinIsrBelowFactor(scenario: Scenario): Scenario {
  const factors = (scenario.topics ?? []).flatMap(({ replicas, ...topic }) =>
    replicas === undefined
      ? (topic['replication-factor'] ?? [])
      : replicas.map((ids) => ids.length),
  );
  const most = Math.max(1, Math.min(brokerCount(scenario), ...factors) - 1);
  const lowered = <T extends { config?: Config | undefined }>(value: T): T => {
    const minIsr = value.config?.[MIN_ISR];
    if (value.config === undefined || typeof minIsr !== 'number' || minIsr <= most) return value;
    return { ...value, config: { ...value.config, [MIN_ISR]: most } };
  };
  const { cluster, topics } = scenario;
  return {
    ...scenario,
    cluster: lowered(cluster),
    ...(topics === undefined ? {} : { topics: topics.map(lowered) }),
  };
}
