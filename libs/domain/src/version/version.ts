/** 52 lower-case hex digits that sort like the version they stand for; `''` is "none" and sorts first. */
export type Version = string & { readonly __version: unique symbol };
