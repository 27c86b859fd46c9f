import { plainText } from './texts.ts';
import { section, withDefault } from './variable.ts';

export const archiveSection = section('Archive', {
  folder: withDefault('.umbra/archive', {
    name: 'SF_ARCHIVE_DIR',
    meaning:
      'Folder that takes the days of the raw log that leave the database, one compressed file per day. Shared by every worker; back it up.',
    schema: plainText,
  }),
});
