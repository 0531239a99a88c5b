package chatapi

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// recorderRetry is between two tries of the last batch. A connection that was lost is made anew within a second.
const recorderRetry = 100 * time.Millisecond

// Seen is something that a bot saw: in a group, or without one in the private chat with the user. What is empty says nothing.
type Seen struct {
	Platform     string
	GroupID      string
	UserID       string
	GroupName    string
	UserNickname string
	UserCardname string
	// Account is the bot's own, where it has several.
	Account string
	Scope   string
	// At is when; the zero time means now.
	At time.Time
}

// Recorder tells a server what a bot sees: [Recorder.Saw] returns at once, whatever becomes of the server.
//
// What was seen is sent once a second, or when a thousand chats wait: one entry a chat, with what was seen last. While the server
// is away it waits, up to a limit; what is beyond that, or is refused, is dropped and counted. Close sends the rest. A Recorder is
// safe for concurrent use.
type Recorder struct {
	client   *Client
	interval time.Duration
	onError  func(error)

	recorded, dropped atomic.Int64
	wake              chan struct{}
	ending            chan struct{}
	ended             chan struct{}
	giveUp            context.CancelFunc
	closing           sync.Once
	sending           sync.Mutex

	mu        sync.Mutex
	sightings *sightings
	closed    bool
}

// RecorderOption says how a [Recorder] works.
type RecorderOption func(*Recorder)

// RecordEvery is the time between two batches. Default: a second.
func RecordEvery(interval time.Duration) RecorderOption {
	return func(r *Recorder) { r.interval = interval }
}

// MaxPending is how many chats may wait to be sent. Default: 10,000.
func MaxPending(chats int) RecorderOption {
	return func(r *Recorder) { r.sightings.limit = chats }
}

// OnRecordError is told why something was dropped, or waits. It must not wait itself. Default: nobody is.
func OnRecordError(tell func(error)) RecorderOption {
	return func(r *Recorder) { r.onError = tell }
}

// NewRecorder starts a recorder, which [Recorder.Close] ends. The caller closes the client after it.
func NewRecorder(client *Client, opts ...RecorderOption) *Recorder {
	r := &Recorder{
		client:    client,
		interval:  time.Second,
		onError:   func(error) {},
		wake:      make(chan struct{}, 1),
		ending:    make(chan struct{}),
		ended:     make(chan struct{}),
		sightings: newSightings(10_000),
	}
	for _, opt := range opts {
		opt(r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.giveUp = cancel
	go r.run(ctx)
	return r
}

// Saw notes that something happened in a chat.
func (r *Recorder) Saw(seen Seen) {
	activity, ok := seen.activity()
	r.mu.Lock()
	ok = ok && !r.closed && r.sightings.add(activity)
	isFull := r.sightings.len() >= maxBatch
	r.mu.Unlock()
	if !ok {
		r.dropped.Add(1)
	}
	if isFull {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// Pending is how many chats there are of which something waits to be sent.
func (r *Recorder) Pending() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sightings.len()
}

// Recorded is how many entries the server took.
func (r *Recorder) Recorded() int64 { return r.recorded.Load() }

// Dropped is how much of what was seen is lost: there was no room, or it was refused, or it was nothing that could be sent.
func (r *Recorder) Dropped() int64 { return r.dropped.Load() }

// Flush sends all that waits. It fails where the server is away: what could not be sent goes on to wait.
func (r *Recorder) Flush(ctx context.Context) error {
	r.sending.Lock()
	defer r.sending.Unlock()
	for batches := (r.Pending() + maxBatch - 1) / maxBatch; batches > 0; batches-- {
		r.mu.Lock()
		batch := r.sightings.take(maxBatch)
		r.mu.Unlock()
		if err := r.send(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// Close sends what waits, which it tries until the context is done, and ends. It fails where something had to be dropped then.
func (r *Recorder) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.closing.Do(func() { close(r.ending) })
	select {
	case <-r.ended:
	case <-ctx.Done():
		r.giveUp()
		<-r.ended
	}
	for {
		err := r.Flush(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(recorderRetry):
		case <-ctx.Done():
			r.mu.Lock()
			r.dropped.Add(int64(len(r.sightings.take(r.sightings.limit))))
			r.mu.Unlock()
			return err
		}
	}
}

func (r *Recorder) run(ctx context.Context) {
	defer close(r.ended)
	defer r.giveUp()
	ticker := time.NewTicker(r.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-r.wake:
		case <-r.ending:
			return
		}
		// What fails here waits, and was told.
		_ = r.Flush(ctx)
	}
}

// send fails where the server is away, and what could not be sent waits again.
func (r *Recorder) send(ctx context.Context, batch []*chatapiv1.Activity) error {
	if len(batch) == 0 {
		return nil
	}
	_, err := r.client.RecordActivity(ctx, batch...)
	if err == nil {
		r.recorded.Add(int64(len(batch)))
		return nil
	}
	var failure *Error
	if !errors.As(err, &failure) {
		r.drop(batch, err)
		return nil
	}
	switch failure.Code {
	case codes.Aborted, codes.Canceled, codes.DeadlineExceeded, codes.Internal, codes.ResourceExhausted, codes.Unavailable:
		r.onError(err)
		r.putBack(batch)
		return err
	case codes.AlreadyExists, codes.InvalidArgument, codes.PermissionDenied:
		if len(batch) > 1 {
			return r.sendHalves(ctx, batch)
		}
	}
	r.drop(batch, err)
	return nil
}

// sendHalves finds the activity for which a batch was refused.
func (r *Recorder) sendHalves(ctx context.Context, batch []*chatapiv1.Activity) error {
	middle := len(batch) / 2
	if err := r.send(ctx, batch[:middle]); err != nil {
		r.putBack(batch[middle:])
		return err
	}
	return r.send(ctx, batch[middle:])
}

func (r *Recorder) putBack(batch []*chatapiv1.Activity) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, activity := range batch {
		if !r.sightings.putBack(activity) {
			r.dropped.Add(1)
		}
	}
}

func (r *Recorder) drop(batch []*chatapiv1.Activity, err error) {
	r.dropped.Add(int64(len(batch)))
	r.onError(err)
}
