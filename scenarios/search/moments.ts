/** Moments worth a closer look: where a search forks a run, and what it says that it never saw. */

/**
 * Rare marks of the model. A search names those that it never reached: what lies behind them was not tested.
 *
 * Left out are marks that only a disk loss of a voter, or a taken-out rule, can bring about.
 */
export const RARE_MARKS = [
  'acknowledged-after-expiry',
  'controller-reverted',
  'duplicate-batch',
  'duplicate-broker-registration',
  'election-lost',
  'elr-election',
  'fetch-of-old-incarnation',
  'ineligible-replica',
  'isr-change-left-pending',
  'isr-change-reverted',
  'last-known-leader-election',
  'leader-epochs-missed',
  'log-diverged',
  'metadata-truncated',
  'partition-leaderless',
  'pending-isr-change-wiped',
  'producer-epoch-bumped',
  'producer-renumbered-sent-batch',
  'quorum-check-resigned',
  'unclean-broker-restart',
  'vote-conflict',
] as const;

/**
 * Kinds of moments at which a search forks: an ISR change is on its way, a vote is out, a leader has just been elected,
 * a controller lost its office, a log parts from its leader's.
 */
export const MOMENTS = [
  'isr-change-asked',
  'isr-shrunk',
  'isr-expanded',
  'leader-elected',
  'controller-elected',
  'broker-registered',
  'vote-granted',
  'controller-reverted',
  'log-diverged',
  'unclean-broker-restart',
  'duplicate-batch',
  'partition-leaderless',
] as const;
