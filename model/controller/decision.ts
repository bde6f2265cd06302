import type { MetadataRecord } from '../metadata/records.js';
import type { RpcMessage } from '../rpc/index.js';

/** What a request leads to (ControllerResult): the response waits until the records are committed. */
export interface Decision {
  readonly records: readonly MetadataRecord[];
  readonly response: RpcMessage;
  /** An error of the whole request is answered without waiting. */
  readonly isError: boolean;
}

const NO_RECORDS: readonly MetadataRecord[] = [];

export function decided(records: readonly MetadataRecord[], response: RpcMessage): Decision {
  return { records, response, isError: false };
}

export function refused(response: RpcMessage): Decision {
  return { records: NO_RECORDS, response, isError: true };
}
