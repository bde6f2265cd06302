/** `controller.quorum.voters`: `1@host1:9093,2@host2:9093`. */

export interface Voter {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export type ParsedVoters =
  | { readonly ok: true; readonly voters: readonly Voter[] }
  | { readonly ok: false; readonly reason: string };

/** Parses the list, in its order. Source: `org.apache.kafka.raft.QuorumConfig`. */
export function parseVoters(text: string): ParsedVoters {
  const voters: Voter[] = [];
  for (const entry of text.split(',').map((piece) => piece.trim())) {
    const match = /^(\d{1,9})@(\[[^\]]+\]|[^:@\s]+):(\d{1,5})$/.exec(entry);
    const [, id, host, port] = match ?? [];
    if (id === undefined || host === undefined || port === undefined || Number(port) > 65_535) {
      return bad(`has ${JSON.stringify(entry)}, which is not like 1@host:9093`);
    }
    if (voters.some((voter) => voter.id === Number(id))) return bad(`has node ${id} twice`);
    voters.push({ id: Number(id), host, port: Number(port) });
  }
  return { ok: true, voters };
}

function bad(reason: string): ParsedVoters {
  return { ok: false, reason: `controller.quorum.voters ${reason}` };
}
