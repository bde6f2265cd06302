/** `brokerlab list`: what there is, one line each. */
import { Argument, type Command } from 'commander';

import {
  ruleHistory,
  SWITCH_DEFINITIONS,
  VERSION_PROFILES,
  type SwitchDefinition,
} from '../../model/index.js';
import { QUESTIONS } from '../../reports/questions/index.js';
import {
  CATALOGUE,
  FAULT_VERB_STORIES,
  FAULT_VERBS,
  INVARIANT_DOCS,
  versionName,
} from '../../scenarios/index.js';
import { addJsonOption } from '../scenario-options.js';
import { columns, print, printJson } from '../terminal.js';

const WHAT = ['scenarios', 'faults', 'invariants', 'versions', 'switches', 'questions'] as const;

type What = (typeof WHAT)[number];

/** One entry: its name, one line about it, and what JSON has besides. */
interface Entry {
  readonly name: string;
  readonly about: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

export function addList(program: Command): void {
  const command = program
    .command('list')
    .description('what there is, one line each')
    .addArgument(new Argument('<what>', 'what to list').choices(WHAT));
  addJsonOption(command).action((what: What, flags: { readonly json?: true }) => {
    const entries = ENTRIES[what]();
    if (flags.json === true) {
      const list = entries.map(({ name, about, more }) => ({ name, about, ...more }));
      printJson({ schema: 1, [what]: list });
    } else {
      print(columns(entries.map(({ name, about }) => [name, about])).join('\n'));
    }
  });
}

/** Entries of a kind, in the order in which the lab has them. */
const ENTRIES: Readonly<Record<What, () => Entry[]>> = {
  scenarios: () =>
    CATALOGUE.map(({ scenario, story }) => ({
      name: scenario.name,
      about: story[1],
      more: { story },
    })),
  faults: () => FAULT_VERBS.map((verb) => ({ name: verb, about: FAULT_VERB_STORIES[verb] })),
  invariants: () =>
    INVARIANT_DOCS.map(({ id, name, promise, assumptions, source }) => ({
      name: id,
      about: `${name}: ${promise}`,
      more: { invariant: name, promise, assumptions, source },
    })),
  versions: () =>
    VERSION_PROFILES.map(({ version, metadata, era, story }) => ({
      name: versionName({ kafka: version, metadata }),
      about: `${metadata}, ${era}: ${story}`,
      more: { version, metadata, era },
    })),
  switches: () => (SWITCH_DEFINITIONS as readonly SwitchDefinition[]).map(switchEntry),
  questions: () => QUESTIONS.map(({ id, question }) => ({ name: id, about: question })),
};

function switchEntry(definition: SwitchDefinition): Entry {
  const { name, kind, area, values, description, source, history = [] } = definition;
  const since = history.length === 0 ? '' : `; ${ruleHistory(definition)}`;
  return {
    name,
    about: `${kind}, ${area}; ${values.join(' | ')}: ${description} (${source})${since}`,
    more: { kind, area, values, default: values[0], history, description, source },
  };
}
