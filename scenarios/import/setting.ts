/** A setting that the import lists instead of importing it. */
export interface Setting {
  readonly key: string;
  /** As written; secrets are not repeated. */
  readonly value: string;
  /** `file:line:column` of the key. */
  readonly where: string;
}
