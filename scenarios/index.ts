/** What is run and judged: the scenario language, runs, faults, histories, invariants, the catalogue, long runs. */
export { CATALOGUE, findInCatalogue, type CatalogueEntry } from './catalogue/index.js';
export { LivenessFailure } from './longrun/liveness-failure.js';
export { runLong, type LongRunOptions, type LongRunResult } from './longrun/long-run.js';
export type { ProbeCounts } from './longrun/probes.js';
export { Chronicle } from './run/chronicle.js';
export type {
  BreachReport,
  ExpectedLoss,
  NeighbourResult,
  OutageReport,
  RunResult,
} from './run/result.js';
export type { BrokerTruth, TruthListener } from './run/metadata-truth.js';
export { Run, type RunOptions, type RunWatcher } from './run/run.js';
export {
  finish,
  playPlan,
  playScenario,
  runScenario,
  startPlan,
  type PlayedScenario,
  type RunScenarioOptions,
} from './run/run-scenario.js';
export { Trace, type TraceLevel } from './run/trace.js';
export { Watcher } from './run/watcher.js';
export { znodesOf, type ZnodeFields, type ZnodeReport, type ZnodeTree } from './run/znodes.js';
export {
  importCluster,
  type ImportedScenario,
  type ImportInput,
  type InputFile,
  type Setting,
} from './import/index.js';
export { INVARIANT_DOCS, type InvariantDoc } from './invariants/index.js';
export * from './language/index.js';
export * from './causality/index.js';
export * from './history/index.js';
export * from './search/index.js';
export * from './shrink/index.js';
export * from './capsule/index.js';
export { Series, seriesCsv, SERIES_COLUMNS, type SeriesRow } from './run/series.js';
