/**
 * `inter.broker.protocol.version`: the release whose protocol brokers speak to each other, such as `2.3`, `2.3-IV1`,
 * `0.11.0` or `0.10.2-IV0`. Brokers speak that of their own release or of an older one.
 *
 * Source: ApiVersion and, from 3.3, MetadataVersion.
 */
import type { KafkaVersion } from '../versions.js';

const SHAPE = /^(\d+)\.(\d+)(?:\.(\d+))?(?:\.\d+)?(?:-IV\d+)?$/;

/**
 * Why a text is no such version for brokers of a release, or null where it is fine: a sentence that goes after the key.
 *
 * Left out: whether Kafka had that release, and that step (`-IV1`) of it.
 */
export function interBrokerProtocolProblem(text: string, kafka: KafkaVersion): string | null {
  const asked = releaseOf(text);
  if (asked === null) return `must be a version such as "2.3" or "0.11.0", not "${text}"`;
  const own = releaseOf(kafka);
  if (own === null) throw new Error(`${kafka} is no release`);
  if (asked <= own) return null;
  return `must not be newer than the brokers, which are of Kafka ${kafka}, not "${text}"`;
}

/** Releases in order: 0.10 before 0.11 before 1.1. */
function releaseOf(text: string): number | null {
  const parts = SHAPE.exec(text);
  return parts === null ? null : Number(parts[1]) * 1000 + Number(parts[2]);
}
