import { apiErrors } from './api.ts';
import { awsErrors } from './aws.ts';
import { deliveryErrors } from './delivery.ts';
import { exchangeErrors } from './exchange.ts';
import type { KnownError } from './known-error.ts';
import { ledgerErrors } from './ledger.ts';
import { metadataErrors } from './metadata.ts';
import { policyErrors } from './policy.ts';
import { requestErrors } from './request.ts';

/** In the order of the links of the chain. */
export const knownErrors: readonly KnownError[] = [
  ...requestErrors,
  ...ledgerErrors,
  ...policyErrors,
  ...deliveryErrors,
  ...metadataErrors,
  ...awsErrors,
  ...exchangeErrors,
  ...apiErrors,
];
