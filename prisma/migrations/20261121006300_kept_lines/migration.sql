-- breaking: worker first, then bff

-- A kept page has the lines of its COPY. Those of before have another form, which is read no more: the next backfill
-- keeps its pages anew, and until then nothing can be rebuilt.
DELETE FROM sf_kept_page;
