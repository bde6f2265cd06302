/** Entry of the command line: `cli/brokerlab.mjs` imports it, and it starts itself. */
import { runCli } from './program.js';

process.exitCode = await runCli(process.argv);
