/** Writes files: checked before the work, written under a temporary name and renamed. */
import {
  accessSync,
  constants,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { UsageError } from './exit-codes.js';
import { reasonOf } from './read-input.js';

/** Throws unless a file of that name can be written: before the work, not after. */
export function checkWritable(fileName: string): void {
  const folder = dirname(fileName);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(`cannot write ${fileName}: folder ${folder}: ${reasonOf(error)}`);
  }
  const existing = statSync(fileName, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true)
    throw new UsageError(`cannot write ${fileName}: it is a folder`);
  probe(folder, fileName);
}

/** Makes a folder if need be and throws unless files can be written there. */
export function checkFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(`cannot make the folder ${folder}: ${reasonOf(error)}`);
  }
  probe(folder, folder);
}

/** Writes a file as a whole: nobody ever sees half of it. */
export function writeWhole(fileName: string, text: string): void {
  const temporary = join(dirname(fileName), `.${basename(fileName)}.${String(process.pid)}.tmp`);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, fileName);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`cannot write ${fileName}: ${reasonOf(error)}`);
  }
}

/** Permission bits say too little (read-only file systems, a superuser): a file is really made. */
function probe(folder: string, what: string): void {
  const temporary = join(folder, `.brokerlab.${String(process.pid)}.tmp`);
  try {
    writeFileSync(temporary, '');
    rmSync(temporary);
  } catch (error) {
    throw new UsageError(`cannot write ${what}: ${reasonOf(error)}`);
  }
}
