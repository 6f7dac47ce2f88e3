/** Calls at a time: a person waits, and Google gives a project 100 reads a second. */
export const concurrency = 8;
