/**
 * Reports as Markdown: a document of blocks, written by mdast so that whatever is put in (pipes, stars,
 * angle brackets) comes out as text. The same blocks give the same bytes.
 *
 * Text may carry a little of its own: `code` between backticks, **strong** between double stars,
 * nothing else; all other characters mean themselves.
 */

import type { List, Node, PhrasingContent, RootContent, TableCell } from 'mdast';
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';

/** One block of a document. */
export type Block = RootContent;

/** How a column of a table stands. */
export type Alignment = 'left' | 'right' | 'center';

/** A heading; depth 1 is the document's title. */
export function heading(depth: 1 | 2 | 3 | 4, text: string): Block {
  return { type: 'heading', depth, children: phrase(text) };
}

/** A paragraph. Line breaks in the text are spaces. */
export function paragraph(text: string): Block {
  return { type: 'paragraph', children: phrase(text) };
}

/** A block of code, fenced, with the language named (`text` where there is none). */
export function code(text: string, language = 'text'): Block {
  return { type: 'code', lang: language, value: text };
}

/** A list, of points or numbered. */
export function list(items: readonly string[], numbered = false): Block {
  const node: List = {
    type: 'list',
    ordered: numbered,
    spread: false,
    children: items.map((item) => ({
      type: 'listItem',
      spread: false,
      children: [{ type: 'paragraph', children: phrase(item) }],
    })),
  };
  return node;
}

/** An image in a paragraph of its own. The text is what a reader without images gets. */
export function image(url: string, text: string): Block {
  return { type: 'paragraph', children: [{ type: 'image', url, alt: text, title: null }] };
}

/** A quotation: one paragraph set apart, such as the short answer. */
export function quote(text: string): Block {
  return { type: 'blockquote', children: [{ type: 'paragraph', children: phrase(text) }] };
}

/**
 * A table with a head.
 *
 * @throws RangeError when a row has not as many cells as the head.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = [],
): Block {
  const toRow = (cells: readonly string[]) => {
    if (cells.length !== head.length) {
      throw new RangeError(`a row of ${String(cells.length)} under ${String(head.length)} heads`);
    }
    const children = cells.map((cell): TableCell => {
      return { type: 'tableCell', children: phrase(cell) };
    });
    return { type: 'tableRow' as const, children };
  };
  return {
    type: 'table',
    align: head.map((_, column) => alignments[column] ?? 'left'),
    children: [toRow(head), ...rows.map(toRow)],
  };
}

/** Blocks that unfold on a click (HTML, as GitHub and most viewers show it). */
export function details(summary: string, blocks: readonly Block[]): Block[] {
  const title = escapeHtml(summary);
  return [
    { type: 'html', value: `<details>\n<summary>${title}</summary>` },
    ...blocks,
    { type: 'html', value: '</details>' },
  ];
}

/** The document as Markdown text, ending in one line break. */
export function renderDocument(blocks: readonly Block[]): string {
  return toMarkdown(
    { type: 'root', children: [...blocks] },
    {
      extensions: [gfmToMarkdown({ tablePipeAlign: true })],
      bullet: '-',
      emphasis: '*',
      strong: '*',
      fence: '`',
      fences: true,
      listItemIndent: 'one',
      rule: '-',
      incrementListMarker: true,
      handlers: {
        text: (node: Node & { value?: string }, _parent, state, info) =>
          relax(state.safe(node.value ?? '', info)),
      },
    },
  );
}

/** Underscores inside words need no escape, and configuration names read badly with one. */
function relax(text: string): string {
  return text.replace(/(?<=[A-Za-z0-9])\\_(?=[A-Za-z0-9])/g, '_');
}

/** Splits text into plain, `code` and **strong** parts. */
function phrase(text: string): PhrasingContent[] {
  const parts = text.replace(/\s*\n\s*/g, ' ').split(/(`[^`]+`|\*\*[^*]+\*\*)/);
  return parts.flatMap((part): PhrasingContent[] => {
    if (part === '') {
      return [];
    }
    if (part.length > 2 && part.startsWith('`') && part.endsWith('`')) {
      return [{ type: 'inlineCode', value: part.slice(1, -1) }];
    }
    if (part.length > 4 && part.startsWith('**') && part.endsWith('**')) {
      return [{ type: 'strong', children: [{ type: 'text', value: part.slice(2, -2) }] }];
    }
    return [{ type: 'text', value: part }];
  });
}

/** Text for HTML and XML. */
function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
