/** `Administrator/alice` of `arn:aws:sts::111122223333:assumed-role/Administrator/alice`, for tables; anything else as it is. */
export const shortArn = (arn: string): string =>
  /^arn:[^:]*:[^:]*:[^:]*:\d*:(?:assumed-role\/)?(.+)$/.exec(arn)?.[1] ?? arn;
