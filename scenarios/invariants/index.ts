/** The judging of a run: promises of the protocol, watched event by event. */
export type { Breach, InvariantDoc } from './breach.js';
export { INVARIANT_DOCS } from './catalogue.js';
export { InvariantSuite } from './invariant-suite.js';
export { PENDING_KINDS } from './progress.js';
