import * as v from 'valibot';

export const text = v.pipe(v.string(), v.minLength(1));
export const texts = v.array(v.string());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const version = v.literal(1);
export const role = v.strictObject({
  partition: text,
  accountId: text,
  roleName: text,
  roleId: v.exactOptional(text),
});
/** The role has no id because it was not seen: its account was not listed, or is not in the file. Otherwise it does not exist. */
export const isRoleUnseen = v.exactOptional(v.literal(true));
export const place = v.pipe(v.number(), v.integer(), v.minValue(1));
/** An error or a warning of `validate`. Line and column are missing if it is about the whole file. */
export const configProblem = v.strictObject({
  file: text,
  line: v.exactOptional(place),
  column: v.exactOptional(place),
  path: v.exactOptional(text),
  message: text,
  stages: texts,
});
export const blindSpots = v.array(v.strictObject({ what: text, reason: text }));
export const parameter = v.strictObject({ region: text, name: text });
/** Without an account, in the one that rolebridge is deployed to. */
export const placedParameter = v.strictObject({ accountId: v.exactOptional(text), region: text, name: text });
export const limits = v.array(
  v.strictObject({
    accountId: text,
    kind: v.picklist(['released', 'held', 'incomplete']),
    released: count,
    approved: count,
    held: count,
    limit: count,
    hash: v.exactOptional(text),
  }),
);
export const revokeAll = v.exactOptional(v.strictObject({ at: text, answeredBy: text }));
/** As Google has it: people's own conditions may have empty fields. */
export const condition = v.strictObject({
  title: v.exactOptional(v.string()),
  expression: v.exactOptional(v.string()),
  description: v.exactOptional(v.string()),
  location: v.exactOptional(v.string()),
});
