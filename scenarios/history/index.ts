/** Client histories: of runs or from files, in Jepsen's form, and what is wrong with them. */
export {
  allowedAnomalies,
  ANOMALIES,
  ANOMALY_NAMES,
  CLIENT_MODES,
  type AnomalyName,
  type ClientMode,
} from './anomalies.js';
export type { AnomalyCase } from './anomaly-case.js';
export {
  checkHistory,
  clientModeOf,
  type CheckOptions,
  type HistoryVerdict,
} from './check-history.js';
export { missingFromFinalReads, type MissingRecord } from './final-reads.js';
export { FormMap, Keyword, Word, type Form } from './form.js';
export type {
  Key,
  KeyRecords,
  Mop,
  Operation,
  OperationType,
  PollMop,
  SendMop,
  Value,
} from './operation.js';
export {
  HISTORY_BYTES_MAX,
  historyFormatOf,
  parseHistory,
  type HistoryFormat,
  type ParsedHistory,
} from './read-history.js';
export { historyOf } from './run-history.js';
export { ednHistory, jsonHistory, jsonLinesHistory } from './write-history.js';
