/**
 * As long as Google's own recommendations wait before they call a service account unused. It covers three runs of a monthly job, and
 * not one of a quarterly job.
 */
export const usualIdleDays = 90;
