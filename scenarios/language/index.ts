/** The scenario language: from YAML or a value to a plan, with located problems on the way. */
export { INVARIANTS, type InvariantId } from './invariants.js';
export { readInputText, sizeProblem, type ReadText } from './input-text.js';
export { SCENARIO_SCHEMA_FILE, scenarioJsonSchema } from './json-schema.js';
export {
  PROPERTIES_BYTES_MAX,
  SCENARIO_BYTES_MAX,
  TOPICS_DESCRIPTION_BYTES_MAX,
} from './limits.js';
export { applyOverrides, parseOverride, type Override, type ParsedOverride } from './override.js';
export {
  parseScenario,
  validateScenario,
  type ParsedScenario,
  type ParseOptions,
} from './parse.js';
export type * from './plan.js';
export {
  formatPath,
  formatProblem,
  ScenarioInputError,
  type InputProblem,
  type Path,
  type Position,
} from './problem.js';
export { resolvePlan } from './resolve-plan.js';
export type { Scenario } from './schema.js';
export { scenarioToYaml } from './to-yaml.js';
export { writeDuration, writeSize } from './units.js';
export {
  isVersionName,
  readVersionName,
  VERSION_NAMES,
  versionName,
  withVersion,
  type ScenarioVersion,
} from './version-name.js';
export {
  FAILURE_KINDS,
  FAULT_VERB_STORIES,
  FAULT_VERBS,
  MARKS,
  type MarkName,
} from './vocabulary.js';
