-- When a team answers: TeamHours as JSON; null: at all times.
ALTER TABLE teams ADD COLUMN hours TEXT;
