/** Runs the built command line as a user does. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../brokerlab.mjs', import.meta.url));

export interface Ended {
  /** Null where a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process as soon as it runs. */
  readonly whileRunning?: (interrupt: () => void) => void;
}

/** Waits for the command to end. Colours and CI settings of the caller's shell are taken away. */
export function brokerlab(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, ...args], {
      cwd: options.cwd ?? process.cwd(),
      env: { ...process.env, FORCE_COLOR: '', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({
        code,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      });
    });
    options.whileRunning?.(() => child.kill('SIGINT'));
  });
}

/** A folder of its own for one test file; `remove` takes it away. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), 'brokerlab-cli-'));

  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array, mode = 0o644): string {
    const file = join(this.folder, name);
    writeFileSync(file, content, { mode });
    return file;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A cluster that runs in a blink: one broker's crash, ten seconds of faults, ten of settling. */
export const SMALL_SCENARIO = `name: small
kafka: "4.1"
cluster: { brokers: 3, controllers: 1, config: { min.insync.replicas: 2 } }
topics:
  - { name: orders, partitions: 1, replication-factor: 3 }
producers:
  - { id: web, topic: orders, rate: 20/s, config: { acks: all } }
consumers:
  - { id: billing, topic: orders, assign: all, config: { auto.offset.reset: earliest } }
faults:
  - { at: 6s, crash: leader of orders-0, for: 10s }
run: { for: 20s, settle: 20s }
`;
