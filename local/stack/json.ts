/** JSON in a CloudFormation template. */
export type Json = null | boolean | number | string | readonly Json[] | Fields;

export type Fields = { readonly [field: string]: Json };

export const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fields = (value: Json | undefined): Fields => (isFields(value) ? value : {});

export const items = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
