/** How a causal trace tells the model's named rare moments. */

interface MarkStory {
  /** `{}` stands for the subject. */
  readonly text: string;
  readonly subject: 'partition' | 'node' | 'client';
}

const STORIES: Readonly<Record<string, MarkStory>> = {
  'acknowledged-after-expiry': {
    text: 'hears of an acknowledgement after it gave up',
    subject: 'client',
  },
  'broker-session-expired': {
    text: 'broker {} has sent no heartbeat: its session is over',
    subject: 'node',
  },
  'controller-reverted': {
    text: 'takes back what it decided and could not commit',
    subject: 'node',
  },
  'duplicate-batch': { text: 'recognises a duplicate batch', subject: 'partition' },
  'duplicate-broker-registration': {
    text: 'refuses a second registration of broker {}',
    subject: 'node',
  },
  'election-lost': { text: 'loses the election', subject: 'node' },
  'fetch-of-old-incarnation': {
    text: 'has a fetch from a former life of broker {}',
    subject: 'node',
  },
  'fetch-of-other-epoch-served': {
    text: 'serves a fetch of another leader epoch',
    subject: 'partition',
  },
  'ineligible-replica': { text: 'refuses an ISR with an ineligible replica', subject: 'partition' },
  'isr-change-left-pending': { text: 'leaves its ISR change pending', subject: 'partition' },
  'isr-change-reverted': { text: 'takes its ISR change back', subject: 'partition' },
  'leader-epochs-missed': {
    text: 'leads again, having missed leader epochs between',
    subject: 'partition',
  },
  'log-diverged': { text: 'finds that its log parts from its leader’s', subject: 'partition' },
  'metadata-record-skipped': { text: 'skips a record of the metadata', subject: 'node' },
  'metadata-truncated': { text: 'cuts its metadata log', subject: 'node' },
  'pending-isr-change-wiped': { text: 'forgets its pending ISR change', subject: 'partition' },
  'pre-vote-skipped': { text: 'stands at once, as a voter knows no pre-vote', subject: 'node' },
  'producer-epoch-bumped': { text: 'bumps its producer epoch', subject: 'client' },
  'producer-renumbered-sent-batch': {
    text: 'gives new sequence numbers to a batch that it had sent',
    subject: 'client',
  },
  'quorum-check-resigned': { text: 'hears of no majority and resigns', subject: 'node' },
  'reply-of-other-epoch-applied': {
    text: 'applies a reply of another leader epoch',
    subject: 'partition',
  },
  'unclean-broker-restart': {
    text: 'sees that broker {} did not shut down cleanly',
    subject: 'node',
  },
  'vote-conflict': { text: 'has voted for another in this epoch', subject: 'node' },
  'vote-granted': { text: 'votes', subject: 'node' },
};

/** The words for a mark, or null where other facts tell the same. */
export function markStory(name: string): MarkStory | null {
  return STORIES[name] ?? null;
}
