/** The judging of a run: promises of the protocol, watched event by event. */
export type { Breach, InvariantDoc } from './breach.js';
export { Breaches, type ExpectedLoss } from './breaches.js';
export { INVARIANT_DOCS } from './catalogue.js';
export { Circumstances, type Death } from './circumstances.js';
export { InvariantSuite } from './invariant-suite.js';
export { judge, type Verdict } from './judge.js';
