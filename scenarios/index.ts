/** What is run and judged: the scenario language, runs, faults, histories, invariants, the catalogue, long runs. */
export { CATALOGUE, findInCatalogue, type CatalogueEntry } from './catalogue/index.js';
export type { Plan } from './language/plan.js';
export type { Scenario } from './language/schema.js';
export { resolvePlan } from './language/resolve-plan.js';
export { runLong, type LongRunOptions, type LongRunResult } from './longrun/long-run.js';
export { Chronicle } from './run/chronicle.js';
export type { BreachReport, ExpectedLoss, OutageReport, RunResult } from './run/result.js';
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
export {
  importCluster,
  type ImportedScenario,
  type ImportInput,
  type InputFile,
  type Setting,
} from './import/index.js';
export { INVARIANT_DOCS, type InvariantDoc } from './invariants/index.js';
export {
  FAILURE_KINDS,
  FAULT_VERB_STORIES,
  FAULT_VERBS,
  formatProblem,
  MARKS,
  parseOverride,
  parseScenario,
  PROPERTIES_BYTES_MAX,
  readInputText,
  SCENARIO_BYTES_MAX,
  ScenarioInputError,
  scenarioToYaml,
  sizeProblem,
  TOPICS_DESCRIPTION_BYTES_MAX,
  validateScenario,
  type FaultVerb,
  type InputProblem,
  type Override,
  type ParsedScenario,
} from './language/index.js';
export { historyRows, type HistoryRow, type PollRow, type SendRow } from './run/history-rows.js';
export { Series, seriesCsv, SERIES_COLUMNS, type SeriesRow } from './run/series.js';
