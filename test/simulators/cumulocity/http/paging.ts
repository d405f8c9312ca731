import type { Answer, Call } from './call.js';

const DEFAULT_PAGE_SIZE = 5;
const LARGEST_PAGE_SIZE = 2000;

/** Which page the caller asks for. */
interface Page {
  readonly current: number;
  readonly size: number;
}

function numberOf(text: string | null, fallback: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 ? value : fallback;
}

function readPage(query: URLSearchParams): Page {
  return {
    current: Math.max(1, numberOf(query.get('currentPage'), 1)),
    size: Math.min(LARGEST_PAGE_SIZE, Math.max(1, numberOf(query.get('pageSize'), DEFAULT_PAGE_SIZE))),
  };
}

function linkTo(call: Call, page: Page, current: number): string {
  const query = new URLSearchParams(call.query);
  query.set('pageSize', String(page.size));
  query.set('currentPage', String(current));
  return `${call.platform.url}${call.path}?${query.toString()}`;
}

/**
 * Answers one page of a list: 5 elements unless asked otherwise, 2000 at most, with `self`, `next`, `prev` and
 * `statistics`.
 *
 * @param type media type of the collection
 * @param name field the elements stand in
 * @param all every element that passes the filters, in order
 * @param render JSON of one element
 */
export function answerPage<T>(
  call: Call,
  type: string,
  name: string,
  all: readonly T[],
  render: (element: T) => string,
): Answer {
  const page = readPage(call.query);
  const start = (page.current - 1) * page.size;
  const elements = all.slice(start, start + page.size).map(render);
  const statistics = {
    currentPage: page.current,
    pageSize: page.size,
    ...(call.query.get('withTotalPages') === 'true' ? { totalPages: Math.ceil(all.length / page.size) } : {}),
    ...(call.query.get('withTotalElements') === 'true' ? { totalElements: all.length } : {}),
  };
  const links = {
    self: linkTo(call, page, page.current),
    ...(start + page.size < all.length ? { next: linkTo(call, page, page.current + 1) } : {}),
    ...(page.current > 1 ? { prev: linkTo(call, page, page.current - 1) } : {}),
    statistics,
  };
  return { status: 200, type, json: `{"${name}":[${elements.join(',')}],${JSON.stringify(links).slice(1)}` };
}
