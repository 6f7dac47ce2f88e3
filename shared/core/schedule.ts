const longestExpression = 256;

/**
 * Whether EventBridge takes an expression as a rule's schedule. It takes what its guide documents, in upper case:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 * Forms of Quartz that the guide does not name (`LW`, `FRI-MON`) are refused here: AWS would answer in the middle of a deploy.
 */
export const scheduleError = (expression: string): string | undefined => {
  if (expression.length > longestExpression)
    return `is longer than the ${longestExpression} characters that EventBridge takes`;
  const [, kind, text = ''] = /^(rate|cron)\(([^()]*)\)$/.exec(expression) ?? [];
  if (kind === 'rate') return rateError(text);
  if (kind === 'cron') return cronError(text);
  return 'must be such as rate(1 hour), rate(30 minutes) or cron(0 6 * * ? *)';
};

const perDay: Readonly<Record<string, number>> = { minute: 1440, hour: 24, day: 1 };

const mostDays = 366;

const rateError = (text: string): string | undefined => {
  const [, digits = '', unit = '', plural] = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(text) ?? [];
  const amount = Number(digits);
  const unitsPerDay = perDay[unit];
  if (unitsPerDay === undefined)
    return `rate(${text}) must be a whole number above 0 and minutes, hours or days, such as rate(30 minutes)`;
  if ((amount === 1) !== (plural === '')) {
    const right = amount === 1 ? unit : `${unit}s`;
    return `rate(${text}): EventBridge takes the singular after 1 alone; write rate(${amount} ${right})`;
  }
  return amount / unitsPerDay > mostDays
    ? `rate(${text}) is more than ${mostDays} days: roles would drift that long`
    : undefined;
};

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names of the values, starting with the lowest. */
  readonly names?: readonly string[];
  /** A value that may stand by itself in the field, but not in a list. */
  readonly alone?: RegExp;
  readonly hasSteps: boolean;
  readonly example: string;
}

const fields: readonly Field[] = [
  { name: 'minute', from: 0, to: 59, hasSteps: true, example: '0, 0/15 or 5,35' },
  { name: 'hour', from: 0, to: 23, hasSteps: true, example: '6, 8-17 or *' },
  {
    name: 'day of the month',
    from: 1,
    to: 31,
    alone: /^(\?|L|([1-9]|[12]\d|3[01])W)$/,
    hasSteps: true,
    example: '1, 1-7, L, 15W or ?',
  },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
    hasSteps: true,
    example: '1, JAN-MAR or *',
  },
  {
    name: 'day of the week',
    from: 1,
    to: 7,
    names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
    alone: /^(\?|L|[1-7]L|[1-7]#[1-5])$/,
    hasSteps: false,
    example: 'MON-FRI, 2,4, 6L, 3#2 or ?',
  },
  { name: 'year', from: 1970, to: 2199, hasSteps: true, example: '2027, 2027-2030 or *' },
];

const cronError = (text: string): string | undefined => {
  const values = text.split(' ');
  if (values.length !== fields.length)
    return `cron(${text}) must have six fields with one space between them: ${fields.map(({ name }) => name).join(', ')}; such as cron(0 6 * * ? *)`;
  const wrong = values
    .flatMap((value, index) => fields.slice(index, index + 1).map((field) => ({ field, value })))
    .find(({ field, value }) => !isFieldValue(field, value));
  if (wrong !== undefined) {
    const { name, from, to, names = [], example } = wrong.field;
    const named = names.length === 0 ? '' : ` or ${names.at(0)} to ${names.at(-1)}`;
    return `cron(${text}): "${wrong.value}" is not valid for the ${name}: EventBridge takes ${from} to ${to}${named}, such as ${example}`;
  }
  const unspecified = [values[2], values[4]].filter((value) => value === '?').length;
  return unspecified === 1
    ? undefined
    : `cron(${text}): exactly one of the day of the month and the day of the week must be ?, such as cron(0 6 * * ? *) or cron(0 6 ? * MON-FRI *)`;
};

const isFieldValue = (field: Field, value: string): boolean =>
  field.alone?.test(value) === true || value.split(',').every((item) => isItem(field, item));

/** `*`, `5`, `5-10`, and each with a step. */
const isItem = (field: Field, item: string): boolean => {
  const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
  if (step !== undefined && (!field.hasSteps || !isStep(field, Number(step)))) return false;
  if (range === '*') return true;
  const numbers = range.split(/-(?=[^-]*$)/).map((text) => numberOf(field, text));
  const [first] = numbers;
  const last = numbers.at(-1);
  return first !== undefined && last !== undefined && first <= last;
};

const isStep = ({ from, to }: Field, step: number): boolean => step >= 1 && step <= to - from;

const numberOf = ({ from, to, names }: Field, text: string): number | undefined => {
  const at = names?.indexOf(text) ?? -1;
  if (at >= 0) return from + at;
  const number = Number(text);
  return /^\d{1,4}$/.test(text) && number >= from && number <= to ? number : undefined;
};
