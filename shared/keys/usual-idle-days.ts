/** As long as Google's own recommendations wait before they call a service account unused. It covers three monthly jobs, and no quarterly one. */
export const usualIdleDays = 90;
