/** `run --diagram FILE`: by the file's name, why the run failed (a drawing, Mermaid, text) or its timeline. */
import {
  mermaid,
  renderTimelineSvg,
  spaceTimeSvg,
  timelineOfRun,
  type TimelineData,
} from '../reports/index.js';
import { storyOf, traceText, type Chronicle, type Run } from '../scenarios/index.js';
import { say } from './terminal.js';
import { writeWhole } from './write-output.js';

/** What a file is to hold, by the end of its name. */
type DiagramKind = 'timeline' | 'space-time' | 'mermaid' | 'trace';

const ENDINGS: readonly (readonly [string, DiagramKind])[] = [
  ['timeline.svg', 'timeline'],
  ['.mmd', 'mermaid'],
  ['.txt', 'trace'],
];

/** A timeline with more partitions than this says nothing to anyone. */
const PARTITIONS_DRAWN = 12;

/** A drawing of the causes where the name says nothing else. */
export function diagramKindOf(file: string): DiagramKind {
  const name = file.toLowerCase();
  return ENDINGS.find(([ending]) => name.endsWith(ending))?.[1] ?? 'space-time';
}

/** Writes the picture of a run that is over. All but a timeline play the run again, twice, to find the causes. */
export function writeDiagram(file: string, run: Run, chronicle: Chronicle | null): void {
  const kind = diagramKindOf(file);
  if (kind === 'timeline') {
    if (chronicle !== null) writeWhole(file, renderTimelineSvg(timelineData(run, chronicle)));
    return;
  }
  const story = storyOf(run.plan, run.seed);
  if (kind === 'space-time') writeWhole(file, spaceTimeSvg(story));
  else if (kind === 'trace') writeWhole(file, traceText(story));
  else {
    const text = mermaid(story);
    if (text !== null) writeWhole(file, text);
    else say(`${file}: not written; the story is too long for Mermaid, but .svg and .txt hold it`);
  }
}

function timelineData(run: Run, chronicle: Chronicle): TimelineData {
  const { plan, definition } = run;
  const partitions = definition.partitions.slice(0, PARTITIONS_DRAWN).map(({ name }) => name);
  const title = `${plan.name}, seed ${String(run.seed)}`;
  return timelineOfRun(run, chronicle, title, partitions, { fromUs: 0, toUs: run.nowUs });
}
