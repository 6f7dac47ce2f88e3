import { apiErrors } from './api.ts';
import { awsErrors } from './aws.ts';
import { commandErrors } from './command.ts';
import { containerErrors } from './container.ts';
import { deliveryErrors } from './delivery.ts';
import { exchangeErrors } from './exchange.ts';
import { type KnownError, links } from './known-error.ts';
import { ledgerErrors } from './ledger.ts';
import { libraryErrors } from './library.ts';
import { metadataErrors } from './metadata.ts';
import { organizationErrors } from './organization.ts';
import { policyErrors } from './policy.ts';
import { requestErrors } from './request.ts';
import { resourceErrors } from './resource.ts';
import { taggingErrors } from './tagging.ts';

const order = Object.keys(links);

/** In the order of the links of the chain. To add an error, add an entry to the file of its area. */
export const knownErrors: readonly KnownError[] = [
  ...requestErrors,
  ...taggingErrors,
  ...ledgerErrors,
  ...commandErrors,
  ...policyErrors,
  ...resourceErrors,
  ...organizationErrors,
  ...deliveryErrors,
  ...libraryErrors,
  ...metadataErrors,
  ...containerErrors,
  ...awsErrors,
  ...exchangeErrors,
  ...apiErrors,
].toSorted((a, b) => order.indexOf(a.link) - order.indexOf(b.link));
