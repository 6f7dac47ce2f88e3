import { asciiLower } from './ascii.ts';
import { isRealDay } from './calendar.ts';
import { isGoogleRole, notAGoogleRole, notAResource, resourceKindOf } from './google-resource.ts';
import type { Refusal, Request, Tag, Target, Timestamp } from './model.ts';
import { isServiceAccountEmail } from './service-account.ts';
import { editDistance } from './similar-names.ts';
import { workloadIdentityUser } from './target.ts';

/** The requests among a role's tags, and the refusals of those that cannot be read; in order of their keys. */
export const parseTags = (
  tags: readonly Tag[],
  tagKey: string,
): { readonly requests: readonly Request[]; readonly refusals: readonly Refusal[] } => {
  const requests: Request[] = [];
  const refusals: Refusal[] = [];
  for (const tag of tags
    .filter(({ key }) => isOurTag(key, tagKey))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const parsed = parseTag(tag, tagKey);
    if ('reason' in parsed) refusals.push(parsed);
    else requests.push(parsed);
  }
  return { requests, refusals };
};

/** A longer key or value was never on a role: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html */
export const maxTagCharacters = { key: 128, value: 256 };

/** Whether a tag asks for Google access, in any casing. */
export const isOurTag = (key: string, tagKey: string): boolean => {
  const lower = asciiLower(key);
  return lower === tagKey || lower.startsWith(`${tagKey}/`);
};

/** The grant that a key (in lower case) asks for. `<tagKey>/default` asks for none: only the bare key names that grant. */
export const grantOfKey = (key: string, tagKey: string): string | undefined => {
  if (key === tagKey) return 'default';
  const name = key.slice(tagKey.length + 1);
  return key.startsWith(`${tagKey}/`) && name !== 'default' ? name : undefined;
};

/** The key of the tag that asks for a grant; without a grant, that of the default one. */
export const keyOfGrant = (grant: string | undefined, tagKey: string): string =>
  grant === undefined || grant === 'default' ? tagKey : `${tagKey}/${grant}`;

/** Keys that someone may have meant as ours: one or two letters away from `google-access`, or `google-access/<name>`. */
export const nearMisses = (tags: readonly Pick<Tag, 'key'>[], tagKey: string): readonly string[] =>
  tags.map(({ key }) => key).filter((key) => !isOurTag(key, tagKey) && isNear(key, tagKey));

/** The tags that rolebridge uses: those that ask for access, and those that may have been meant to. */
export const usedTags = (tags: readonly Tag[], tagKey: string): readonly Tag[] =>
  tags.filter(({ key }) => isOurTag(key, tagKey) || isNear(key, tagKey));

/** In a short key, a single letter matters more. */
const isNear = (key: string, tagKey: string): boolean => {
  const bare = asciiLower(key).replace(/\/.*$/s, '');
  const maxDistance = tagKey.length < shortKey ? 1 : 2;
  return Math.abs(bare.length - tagKey.length) <= maxDistance && editDistance(bare, tagKey) <= maxDistance;
};

const shortKey = 8;

/** Whether a text is a valid name of a grant. */
export const isGrantName = (name: string): boolean => namePattern.test(name);

const namePattern = /^[a-z0-9][a-z0-9-]{0,31}$/;

const parseTag = ({ key, value }: Tag, tagKey: string): Request | Refusal => {
  const name = key.length === tagKey.length ? 'default' : key.slice(tagKey.length + 1);
  const refuse = (code: Refusal['code'], reason: string): Refusal => ({
    name,
    tagKey: key,
    value,
    code,
    reason,
  });
  if (!key.startsWith(tagKey)) {
    const right = asciiLower(key);
    // A person who follows the advice must not be refused again.
    const corrected = parseTag({ key: right, value }, tagKey);
    const isKeyRefused = 'code' in corrected && corrected.code === 'tag-key';
    return refuse(
      'tag-key',
      `The tag key "${key}" is matched exactly, in lower case. ${isKeyRefused ? corrected.reason : `Write ${right}.`}`,
    );
  }
  if (!namePattern.test(name)) {
    return refuse(
      'tag-key',
      `"${name}" is not a grant name. After ${tagKey}/ come 1 to 32 of a-z, 0-9 and "-", not beginning with "-".`,
    );
  }
  if (key === `${tagKey}/default`) {
    return refuse('tag-key', `The grant named "default" is asked for by the bare key. Write ${tagKey}.`);
  }
  const parsed = parseValue(value, { key, tagKey });
  return parsed.ok ? { name, tagKey: key, value, ...parsed.value } : refuse('malformed', parsed.reason);
};

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

// The characters that IAM allows in tag values. CloudTrail and stand-ins may carry others: those are refused here.
const valuePattern = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface Keys {
  /** The tag's own key. */
  readonly key: string;
  readonly tagKey: string;
}

const parseValue = (value: string, keys: Keys): Parsed<{ target: Target; expiresAt?: Timestamp }> => {
  if (charactersOf(value) > maxTagCharacters.value)
    return fault('The value is longer than the 256 characters that IAM allows.');
  if (!valuePattern.test(value))
    return fault(`The value holds characters that IAM tag values cannot have. ${rightForm(keys)}`);
  const words = value.split(/\p{Z}+/u).filter((word) => word !== '');
  if (words.length === 0) return fault(`The value is empty. ${rightForm(keys)}`);
  const otherCasing = words.find((word) => word !== 'until' && asciiLower(word) === 'until');
  if (otherCasing !== undefined) {
    const right = words.map((word) => (word === otherCasing ? 'until' : word)).join(' ');
    return advise(`"${otherCasing}" must be in lower case.`, right, keys);
  }
  const glued = words.slice(1).find((word) => gluedUntil.test(word));
  if (glued !== undefined) {
    const right = words
      .map((word) => (word === glued ? word.replace(gluedUntil, 'until $1').trim() : word))
      .join(' ');
    return advise(`"${glued}" must be "until" and a space.`, right, keys);
  }
  const untilAt = words.indexOf('until');
  const target = parseTarget(untilAt === -1 ? words : words.slice(0, untilAt), keys);
  if (!target.ok || untilAt === -1) return target.ok ? ok({ target: target.value }) : target;
  const dates = words.slice(untilAt + 1);
  const until =
    dates.length === 1
      ? parseUntil(dates.join(''))
      : fault(`After "until" comes exactly one date. ${rightForm(keys)}`);
  return until.ok ? ok({ target: target.value, expiresAt: until.value }) : until;
};

/** A person who follows the advice must not be refused again. */
const advise = (problem: string, right: string, keys: Keys): ReturnType<typeof parseValue> => {
  const corrected = parseValue(right, keys);
  return corrected.ok ? fault(`${problem} Write "${right}".`) : corrected;
};

/** As IAM counts them: some take two units of a JavaScript string. */
export const charactersOf = (text: string): number => Array.from(text).length;

/** `until=2026-12-31`, `until:`, `until2026-12-31`; not an e-mail that begins so. */
const gluedUntil = /^until(?:[^\p{L}\p{N}@]+|(?=\d))([^@]*)$/iu;

const fault = (reason: string): Parsed<never> => ({ ok: false, reason });

const ok = <T>(value: T): Parsed<T> => ({ ok: true, value });

const rightForm = ({ key }: Keys) =>
  `Write ${key} = <service account e-mail> [until <date>], for example ` +
  `"reader@my-project.iam.gserviceaccount.com until 2026-12-31".`;

const parseTarget = (words: readonly string[], keys: Keys): Parsed<Target> => {
  const [first = '', second, third, ...more] = words;
  if (second === 'on' && third !== undefined && more.length === 0) {
    const wrong = isGoogleRole(first) ? undefined : notAGoogleRole(first);
    if (wrong !== undefined) return fault(wrong);
    // The e-mail is the only name of this access.
    if (first === workloadIdentityUser)
      return fault(`"${first}": a service account is asked for by its e-mail alone, without a Google role.`);
    return resourceKindOf(third) === undefined
      ? fault(notAResource(third))
      : ok({ kind: 'direct', googleRole: first, resource: third });
  }
  if (second === 'on' || words.some(isPartOfDirect))
    return fault(
      `"${words.join(' ')}" is not a Google role on one resource. Write <Google role> on <resource>, for example ` +
        '"roles/storage.objectViewer on buckets/acme-in".',
    );
  if (words.length > 1)
    return fault(
      `"${words.join(' ')}" holds more than one service account. ${rightForm(keys)} For a second account, add a tag ${keys.tagKey}/<name>.`,
    );
  if (isServiceAccountEmail(first)) return ok({ kind: 'serviceAccount', email: first });
  if (isServiceAccountEmail(first.toLowerCase()))
    return fault(
      `"${first}" has capital letters: service account e-mails are lower-case. Write ${first.toLowerCase()}.`,
    );
  return fault(`"${first}" is not a service account e-mail. ${rightForm(keys)}`);
};

/** No service account's e-mail has such a word beside it, or is one. */
const isPartOfDirect = (word: string): boolean =>
  /(^|\/)roles\//.test(word) || resourceKindOf(word) !== undefined;

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** The latest time that Google's conditions accept. A day later, a date's year has five digits. */
const latestMoment = Date.parse('9999-12-31T23:59:59Z');

/** When a valid date expires; a date without a time expires at the end of that day, in UTC. */
const parseUntil = (text: string): Parsed<Timestamp> => {
  const bare = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const full = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text);
  const day = text.slice(0, 'YYYY-MM-DD'.length);
  if ((bare || full) && !isRealDay(day)) return fault(`The day ${day} does not exist. ${rightDate}`);
  const moment = new Date(bare ? `${text}T00:00:00Z` : text);
  // The round trip catches 24:00:00, which Date moves to the next day.
  const isMoment = !Number.isNaN(moment.getTime()) && (bare || timestamp(moment) === text);
  if (!(bare || full) || !isMoment) return fault(`"${text}" is not a date. ${rightDate}`);
  return ok(bare ? timestamp(new Date(Math.min(moment.getTime() + dayMilliseconds, latestMoment))) : text);
};

const rightDate = 'Write 2026-12-31 (to the end of that day, UTC) or 2026-12-31T18:00:00Z.';

/** In whole seconds, with `Z`: the one spelling that conditions, outcomes and comparisons share. */
const timestamp = (date: Date): Timestamp => date.toISOString().replace(/\.\d{3}Z$/, 'Z');
