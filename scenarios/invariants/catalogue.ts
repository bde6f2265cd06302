/** Every invariant, in the order of the catalogue. */
import { AckedDurable } from './acked-durable.js';
import type { InvariantDoc } from './breach.js';
import { CandidateComplete } from './candidate-complete.js';
import { ConsistentRead } from './consistent-read.js';
import { Fencing } from './fencing.js';
import { HighWatermarkMonotone } from './high-watermark-monotone.js';
import { HighWatermarkSound } from './high-watermark-sound.js';
import { LeaderCompleteness } from './leader-completeness.js';
import { LeaderEligible } from './leader-eligible.js';
import { LogMatching } from './log-matching.js';
import { MetadataPrefix } from './metadata-prefix.js';
import { MinIsrAck } from './min-isr-ack.js';
import { NoDuplicates } from './no-duplicates.js';
import { OneLeaderPerEpoch } from './one-leader-per-epoch.js';
import { Progress } from './progress.js';

export const INVARIANT_CLASSES = [
  AckedDurable,
  LeaderCompleteness,
  LogMatching,
  HighWatermarkSound,
  CandidateComplete,
  HighWatermarkMonotone,
  OneLeaderPerEpoch,
  LeaderEligible,
  NoDuplicates,
  ConsistentRead,
  Progress,
  MinIsrAck,
  Fencing,
  MetadataPrefix,
] as const;

/** What each invariant promises and assumes, for `list invariants` and reports. */
export const INVARIANT_DOCS: readonly InvariantDoc[] = INVARIANT_CLASSES.map(({ doc }) => doc);
