package meter

import "github.com/centrala-go/centrala/webhook"

// Inbox counts what happens to the events of an inbox.
type Inbox struct {
	stored, duplicates, conflicts, refused, done, failed Meter
}

// Receipts counts the events of a batch.
func (m *Inbox) Receipts(receipts []webhook.Receipt) {
	duplicates, conflicts := 0, 0
	for _, r := range receipts {
		if r.Duplicate {
			duplicates++
		}
		if r.Conflict {
			conflicts++
		}
	}
	m.stored.Add(len(receipts) - duplicates)
	m.duplicates.Add(duplicates)
	m.conflicts.Add(conflicts)
}

// Refused counts events for which there was no room.
func (m *Inbox) Refused(n int) { m.refused.Add(n) }

// Done counts one event done.
func (m *Inbox) Done() { m.done.Add(1) }

// Failed counts one attempt that failed.
func (m *Inbox) Failed() { m.failed.Add(1) }

// Fill writes totals and rates.
func (m *Inbox) Fill(s *webhook.InboxStats) {
	s.Stored, s.StoredRate = m.stored.Read()
	s.Done, s.DoneRate = m.done.Read()
	s.Duplicates, _ = m.duplicates.Read()
	s.Conflicts, _ = m.conflicts.Read()
	s.Refused, _ = m.refused.Read()
	s.Failed, _ = m.failed.Read()
}
