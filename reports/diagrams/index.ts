/** Pictures of one failure: a space-time diagram, a sequence diagram, and the trace that goes with them. */
export { causalTrace, explainFailure, type Explanation } from './explain.js';
export { mermaid } from './mermaid.js';
export { spaceTimeSvg } from './space-time.js';
