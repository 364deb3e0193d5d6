-- Jobs are claimed app by app, by the index that begins with the app. The one without it served a smallest value that is
-- read every ten seconds beside a count of all, and each job paid for it twice: when written and when claimed.
DROP INDEX jobs_due;
