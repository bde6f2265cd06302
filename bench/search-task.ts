/** What a measured search is asked for. */
import type { Finding, SearchSubject, Wanted } from '../scenarios/index.js';

/** What is searched, and which findings count. */
export interface SearchTask {
  readonly subject: SearchSubject;
  /** Expected losses that count, too. */
  readonly wanted?: Wanted;
  /** A finding that does not count is passed over; by default all do. */
  readonly accepts?: (finding: Finding) => boolean;
}
