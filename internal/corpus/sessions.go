package corpus

import (
	"iter"

	"github.com/sessiondex/sessiondex"
)

// Visibility classes, and the weights of each preset in thousandths.
const (
	topLevel = iota
	subSession
	taskRun
	subTask
)

var classWeights = map[Preset][]uint64{
	Default: {775, 75, 145, 5},
	Hidden:  {75, 110, 805, 10},
}

// Sessions yields the sessions of o in ascending order of creation (up to the precision
// of their timestamps), one at a time: memory does not grow with N. Every range over
// the sequence starts over and yields the same sessions. It yields nothing if
// o.Validate returns an error.
//
// All sessions are valid, ids are unique, and strings are shared between
// sessions where values repeat. About 1 µs each.
func Sessions(o Options) iter.Seq[sessiondex.Session] {
	return func(yield func(sessiondex.Session) bool) {
		if o.Validate() != nil || o.N == 0 {
			return
		}
		g := newGenerator(o.withDefaults())
		for i := range g.N {
			if !yield(g.next(i)) {
				return
			}
		}
	}
}

// Streams of random numbers. Facts, words and extras each have one, so that a change to
// one does not affect the draws of the others.
const (
	streamFacts = iota + 1
	streamWords
	streamExtras
	streamAssets
	streamIDs
	streamLost // ids of parents that do not exist
)

// generator holds the constants of a corpus, and the state that passes from one session
// to later ones.
type generator struct {
	Options
	facts, words dice
	idKey        uint64
	lostKey      uint64

	classes, apps, workspaces, assets         weighted
	states, liveStates, channels, taskChannel weighted
	types, triggers                           weighted
	appIDs, workspaceIDs                      []string
	homes                                     []uint32 // app -> its usual workspace
	workflows                                 []workflow
	stateNames, channelNames                  []string
	typeNames, triggerNames                   []string

	calendar *calendar
	titler   *titler
	extras   *extras
	scratch  []byte

	giant   int // number of the next giant title
	burst   burst
	parents parents
}

// workflow is an asset that task runs come from.
type workflow struct {
	id, title      string
	app, workspace string
	trigger        string
}

// burst is a bulk import: sessions that share timestamps, application and channel.
type burst struct {
	left, size int // sessions left in the current burst; size of the next one
	credit     int // how far bursts are behind their share, in thousandths of a session
	created    int64
	updated    int64 // 0 if every session has its own
	app        string
	workspace  string
}

// burstShare is how many of 1,000 sessions come in bursts.
const burstShare = 10

// parents holds the latest sessions that are not sub-sessions themselves.
type parents struct {
	ring  [4096]parent
	count int
}

type parent struct {
	i              int
	app, workspace string
}

func newGenerator(o Options) *generator {
	g := &generator{
		Options: o,
		facts:   newDice(o.Seed, streamFacts),
		words:   newDice(o.Seed, streamWords),
		idKey:   mix(mix(o.Seed) + streamIDs),
		lostKey: mix(mix(o.Seed) + streamLost),

		classes:    newWeighted(classWeights[o.Preset]),
		apps:       newWeighted(rootLaw(o.Apps, 150)),
		workspaces: newWeighted(zipf(o.Workspaces, 5)),
		assets:     newWeighted(zipf(o.Assets, 10)),

		states: weights(states), liveStates: weights(liveStates),
		channels: weights(sourceChannels), taskChannel: weights(taskChannels),
		types: weights(sessionTypes), triggers: weights(triggerTypes),

		appIDs: table(o.Apps, AppID), workspaceIDs: table(o.Workspaces, WorkspaceID),
		stateNames: States(), channelNames: SourceChannels(), typeNames: SessionTypes(), triggerNames: TriggerTypes(),

		calendar: newCalendar(),
		titler:   newTitler(),
	}
	if !o.OmitExtra {
		g.extras = &extras{
			dice:    newDice(o.Seed, streamExtras),
			seed:    o.Seed,
			users:   20 + o.N/40,
			preview: languages()["en"].must("title"),
		}
	}
	d := newDice(o.Seed, streamAssets)
	g.homes = make([]uint32, o.Apps)
	for i := range g.homes {
		g.homes[i] = uint32(g.workspaces.draw(&d))
	}
	g.workflows = make([]workflow, o.Assets)
	for i := range g.workflows {
		w := &g.workflows[i]
		w.id = AssetID(i)
		from := g.titler.task
		if d.chance(200) {
			from = g.titler.tongues[g.titler.pick.draw(&d)].title
		}
		w.title = string(from.write(nil, &d))
		w.app, w.workspace = g.automated(&d)
		w.trigger = g.triggerNames[g.triggers.draw(&d)]
	}
	g.burst.size = g.burstSize()
	g.burst.credit = g.burst.size * 500 // the first one comes early, so that small corpora have one too
	return g
}

// owner draws an application and a workspace, usually the application's own. A few
// sessions lack one.
func (g *generator) owner(d *dice) (app, workspace string) {
	rank := g.apps.draw(d)
	app, workspace = g.appIDs[rank], g.workspaceIDs[g.homes[rank]]
	switch p := d.below(1000); {
	case p < 5:
		app = ""
	case p < 15:
		workspace = ""
	case p < 200:
		workspace = g.workspaceIDs[g.workspaces.draw(d)]
	}
	return app, workspace
}

// automated draws the owner of a workflow from the largest applications, so that the
// sizes of all others depend on their rank only.
func (g *generator) automated(d *dice) (app, workspace string) {
	rank := 0
	if d.chance(500) {
		rank = min(d.byRank(5), g.Apps-1)
	}
	return g.appIDs[rank], g.workspaceIDs[g.homes[rank]]
}

// burstSize returns 10 to 500, or in a small corpus few enough for two bursts.
func (g *generator) burstSize() int {
	return min(10+g.facts.byRank(9), 500, max(10, g.N/(2000/burstShare)))
}

// id returns the id of the session with number i, so that a sub-session
// can name its parent without a table of ids.
func (g *generator) id(key uint64, i int) string {
	hi := mix(key + uint64(i)*0x9e3779b97f4a7c15)
	var b [36]byte
	return string(appendUUID(b[:0], hi, mix(hi^key)))
}

// next makes session i; i counts up from 0.
func (g *generator) next(i int) sessiondex.Session {
	d := &g.facts
	s := sessiondex.Session{ID: g.id(g.idKey, i)}
	class := g.classes.draw(d)
	s.IsSubSession = class == subSession || class == subTask
	s.IsTaskSession = class == taskRun || class == subTask
	s.SessionType = g.typeNames[g.types.draw(d)]

	created, updated := g.times(i, d)
	s.CreatedAt, s.UpdatedAt = timeOf(created), timeOf(updated)

	imported := g.burst.left > 0
	if imported {
		s.AppID, s.WorkspaceID, s.SourceChannel = g.burst.app, g.burst.workspace, "api"
		g.burst.left--
	} else {
		s.AppID, s.WorkspaceID = g.owner(d)
		channels := &g.channels
		if s.IsTaskSession {
			channels = &g.taskChannel
		}
		if s.SourceChannel = g.channelNames[channels.draw(d)]; d.chance(6) {
			s.SourceChannel = ""
		}
	}

	var flow *workflow
	if s.IsTaskSession {
		flow = g.task(&s, d)
	}
	if s.IsSubSession {
		g.branch(&s, i, d)
	} else {
		g.parents.add(parent{i, s.AppID, s.WorkspaceID})
	}

	states := &g.states
	if Reference.UnixNano()-updated < 8*hour {
		states = &g.liveStates
	}
	s.State = g.stateNames[states.draw(d)]

	s.Title = g.title(i, &s, flow)
	if g.extras != nil {
		g.scratch = g.extras.write(g.scratch[:0], s.State, s.Title)
		s.Extra = string(g.scratch)
	}
	return s
}

// times draws the timestamps of session i, and begins a burst when one is due.
func (g *generator) times(i int, d *dice) (created, updated int64) {
	b := &g.burst
	b.credit += burstShare
	if b.left > 0 {
		if b.updated != 0 {
			return b.created, b.updated
		}
		return b.created, g.update(b.created, d)
	}
	grain := grain(d)
	created = g.calendar.at(i, g.N, uint16(d.below(1<<16)))
	created -= created % grain
	updated = g.update(created, d)
	if b.credit >= b.size*1000 {
		b.credit -= b.size * 1000
		b.left, b.size = b.size, g.burstSize()
		b.created, b.updated = created, 0
		if d.chance(700) {
			b.updated = updated
		}
		b.app, b.workspace = g.owner(d)
	}
	return created, updated
}

// update draws the time of the latest update, within the corpus' span.
func (g *generator) update(created int64, d *dice) int64 {
	left := Reference.UnixNano() - created
	after := lifetime(d)
	if left == 0 || after == 0 {
		return created
	}
	if after > left {
		after %= left
	}
	updated := created + after
	return max(created, updated-updated%grain(d))
}

// task turns s into a run of a workflow.
func (g *generator) task(s *sessiondex.Session, d *dice) *workflow {
	flow := &g.workflows[g.assets.draw(d)]
	s.TriggerType = flow.trigger
	if d.chance(120) {
		s.TriggerType = g.triggerNames[g.triggers.draw(d)]
	}
	if !d.chance(30) { // some runs no longer know their asset
		s.AOPAssetID = flow.id
	}
	s.AppID, s.WorkspaceID = flow.app, flow.workspace
	return flow
}

// branch turns s into a sub-session of an earlier session, usually a recent one.
func (g *generator) branch(s *sessiondex.Session, i int, d *dice) {
	switch p := d.below(100); {
	case p < 6 || g.parents.count == 0:
		s.ParentSessionID = g.id(g.lostKey, i)
	case p < 8: // a branch whose parent was never recorded
	default:
		from := g.parents.latest(d.byRank(12))
		s.ParentSessionID = g.id(g.idKey, from.i)
		s.AppID, s.WorkspaceID = from.app, from.workspace
	}
}

func (p *parents) add(x parent) {
	p.ring[p.count%len(p.ring)] = x
	p.count++
}

// latest returns the session that came back sessions before the latest one, or the
// oldest one held.
func (p *parents) latest(back int) parent {
	back = min(back, p.count-1, len(p.ring)-1)
	return p.ring[(p.count-1-back)%len(p.ring)]
}

// title writes the title of session i.
func (g *generator) title(i int, s *sessiondex.Session, flow *workflow) string {
	d := &g.words
	b := g.scratch[:0]
	if n := giants(g.N); g.giant < n && int64(i) == int64(2*g.giant+1)*int64(g.N)/int64(2*n) {
		b = g.titler.writeGiant(b, d, g.giant)
		g.giant++
		return string(b)
	}
	switch {
	case flow != nil && d.chance(600):
		return flow.title // runs share the string
	case flow != nil && d.chance(800):
		b = append(append(b, flow.title...), " – "...)
		b = s.CreatedAt.AppendFormat(b, "2006-01-02")
	case flow != nil:
		b = g.titler.write(b, d, g.titler.task)
	case s.IsSubSession && d.chance(600):
		b = g.titler.write(b, d, g.titler.subtask)
	default:
		b = g.titler.write(b, d, nil)
	}
	g.scratch = b
	return string(b)
}
