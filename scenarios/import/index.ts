/** A scenario from the configuration files of a real cluster. */
export {
  importCluster,
  type ImportedScenario,
  type ImportInput,
  type InputFile,
} from './import-cluster.js';
export type { Setting } from './setting.js';
