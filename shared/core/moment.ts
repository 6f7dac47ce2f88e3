import { isRealDay } from './calendar.ts';
import { durationMilliseconds } from './duration.ts';
import { PermanentError } from './errors.ts';

/**
 * Parses a moment as a person writes it: how long ago (`7d`), a day in UTC (`2026-11-24`), or a time with its zone.
 * @throws PermanentError for anything else
 */
export const parseMoment = (option: string, text: string, now: Date): Date => {
  const ago = durationMilliseconds(text);
  if (ago !== undefined) return new Date(now.getTime() - ago);
  const [, day, time = 'T00:00Z'] = timestamp.exec(text.trim()) ?? [];
  const moment = new Date(`${day}${time}`);
  if (day === undefined || !isRealDay(day) || Number.isNaN(moment.getTime()))
    throw new PermanentError(
      `${option} must be how long ago (90s, 30m, 12h, 7d, 2w), a day (2026-11-24) or a time with its zone (2026-11-24T09:00:00Z), not "${text}".`,
    );
  return moment;
};

/**
 * Parses the start of a period that ends now.
 * @throws PermanentError if it cannot be read, or lies in the future, where nothing was logged
 */
export const parseStart = (option: string, text: string, now: Date): Date => {
  const start = parseMoment(option, text, now);
  if (start <= now) return start;
  throw new PermanentError(
    `${option} ${text} is in the future (it is ${now.toISOString()}). Write how long ago, such as 7d, or an earlier day.`,
  );
};

const timestamp = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;
