package chatapi

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// chatKey is what tells one chat from another.
type chatKey struct {
	platform, account, scope, id string
	isGroup                      bool
}

// sightings is what a bot saw, one entry a chat, until it is sent: a bounded number, in the order in which they were first seen.
type sightings struct {
	limit  int
	order  []chatKey
	byChat map[chatKey]*chatapiv1.Activity
}

func newSightings(limit int) *sightings {
	return &sightings{limit: limit, byChat: map[chatKey]*chatapiv1.Activity{}}
}

func (s *sightings) len() int { return len(s.order) }

// add takes in what was seen last in a chat. It reports whether there was room.
func (s *sightings) add(activity *chatapiv1.Activity) bool {
	return s.put(activity, func(before *chatapiv1.Activity) { combine(before, activity) })
}

// putBack takes in what could not be sent; what was seen of the chat since is newer.
func (s *sightings) putBack(activity *chatapiv1.Activity) bool {
	return s.put(activity, func(newer *chatapiv1.Activity) {
		older := proto.Clone(activity).(*chatapiv1.Activity)
		combine(older, newer)
		s.byChat[keyOf(newer)] = older
	})
}

// take hands out the chats that have waited longest.
func (s *sightings) take(count int) []*chatapiv1.Activity {
	count = min(count, len(s.order))
	taken := make([]*chatapiv1.Activity, count)
	for i, key := range s.order[:count] {
		taken[i] = s.byChat[key]
		delete(s.byChat, key)
	}
	s.order = append([]chatKey(nil), s.order[count:]...)
	return taken
}

func (s *sightings) put(activity *chatapiv1.Activity, combineWith func(known *chatapiv1.Activity)) bool {
	key := keyOf(activity)
	if known, ok := s.byChat[key]; ok {
		combineWith(known)
		return true
	}
	if len(s.order) >= s.limit {
		return false
	}
	s.order = append(s.order, key)
	s.byChat[key] = activity
	return true
}

func keyOf(activity *chatapiv1.Activity) chatKey {
	key := chatKey{platform: activity.GetPlatform(), account: activity.GetAccountId(), scope: activity.GetScope()}
	if group := activity.GetGroupInfo(); group != nil {
		key.isGroup, key.id = true, group.GetGroupId()
	} else {
		key.id = activity.GetUserInfo().GetUserId()
	}
	return key
}

// combine brings what is known of a chat up to what was seen after.
func combine(known, after *chatapiv1.Activity) {
	if name := after.GetGroupInfo().GetGroupName(); name != "" {
		known.GroupInfo.GroupName = &name
	}
	if user := after.GetUserInfo(); user != nil {
		before := known.GetUserInfo()
		known.UserInfo = proto.Clone(user).(*chatapiv1.UserInfo)
		if before.GetUserId() == user.GetUserId() {
			known.UserInfo = before
			proto.Merge(known.UserInfo, user)
		}
	}
	if after.GetActiveTime().AsTime().After(known.GetActiveTime().AsTime()) {
		known.ActiveTime = after.GetActiveTime()
	}
}

// activity is how it is sent. It reports whether it is something that can be.
func (seen Seen) activity() (*chatapiv1.Activity, bool) {
	if seen.Platform == "" || seen.GroupID == "" && seen.UserID == "" {
		return nil, false
	}
	at := seen.At
	if at.IsZero() {
		at = time.Now()
	}
	activity := &chatapiv1.Activity{
		Platform:   seen.Platform,
		AccountId:  known(seen.Account),
		Scope:      known(seen.Scope),
		ActiveTime: timestamppb.New(at),
	}
	if seen.GroupID != "" {
		activity.GroupInfo = &chatapiv1.GroupInfo{GroupId: seen.GroupID, GroupName: known(seen.GroupName)}
	}
	if seen.UserID != "" {
		activity.UserInfo = &chatapiv1.UserInfo{
			UserId: seen.UserID, UserNickname: known(seen.UserNickname), UserCardname: known(seen.UserCardname),
		}
	}
	return activity, true
}

func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
