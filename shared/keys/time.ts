import { isRealDay } from '../core/calendar.ts';
import type { Timestamp } from '../core/model.ts';

/** A time as Google's APIs write it (RFC 3339, in UTC); undefined for anything else. */
export const timeOf = (value: unknown): Timestamp | undefined =>
  typeof value === 'string' && form.test(value) && isRealDay(dayOf(value)) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined;

const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** `2026-11-24` of a time. */
export const dayOf = (time: Timestamp): string => time.slice(0, 10);

export const dayMilliseconds = 24 * 60 * 60 * 1000;

/** Whole days from one time to a later one. */
export const daysBetween = (from: Timestamp, until: Timestamp): number =>
  Math.floor((Date.parse(until) - Date.parse(from)) / dayMilliseconds);
