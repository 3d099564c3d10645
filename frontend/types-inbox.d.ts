/* What the API answers of what is heard, answered and counted, as the pages read it. */
import type { Mark } from './types.d.ts';

export type ItemState = 'open' | 'snoozed' | 'answered' | 'done' | 'ignored' | 'spam';
export type MentionKind = 'comment' | 'reply' | 'mention' | 'review' | 'message' | 'article';
export type Act = 'like' | 'unlike' | 'approve' | 'hide' | 'spam' | 'delete';

export interface Item {
  id: string; network: string; channel: string | null; source: string; kind: MentionKind; url: string;
  author: { name: string; handle: string; url: string }; text: string; title: string;
  said_at: string; edited_at: string | null; deleted_at: string | null; seen_at: string;
  rating: number | null; waits: boolean; watches: string[]; person: string; thread: string;
  state: ItemState; is_unread: boolean; assignee: string | null; labels: string[];
  snoozed_until: string | null; answers: number; answered_at: string | null;
  answering: { by: string; until: string } | null; can_answer: boolean; rev: number;
}
export interface Page { items: Item[]; next: string | null }
export interface Counts { open: number; unread: number; by_assignee: Record<string, number> }
export interface Said {
  kind: 'post' | 'mention' | 'answer'; id: string; author: string; text: string; at: string;
  status?: Mark | null; status_text?: string; url?: string | null;
}
export interface ItemNote { by: string; at: string; text: string }
export interface Conversation {
  item: Item; notes: ItemNote[]; conversation: Said[]; earlier: Item[];
  can: { answer: boolean; why?: string | null; limits: { unit: string; maximum: number; url_length?: number }[]; moderate: Act[]; charges?: { answer: number; answer_with_address: number; act: number } | null };
}
export interface Reply { id: string; name: string; text: string }
export interface Colleague { id: string; name: string }

export type SourceKind = 'channel' | 'feed' | 'tag' | 'search';
export interface Source {
  id: string; kind: SourceKind; label: string; network: string; channel: string | null;
  address: string; words: string; watch: string | null;
  status: 'active' | 'paused' | 'blocked' | 'gone'; due_at: string | null; read_at: string | null;
  heard_at: string | null; failing_since: string | null; reason: string; reason_text: string;
  detail: string; skipped: number;
}
export type WatchKind = 'firm' | 'product' | 'person' | 'competitor' | 'trade';
export interface Query { all: string[]; any: string[]; none: string[]; forgives_typos: boolean }
export interface Watch {
  id: string; name: string; kind: WatchKind; query: Query; sources: Source[]; created_at: string; rev: number;
}
export interface WantedSource {
  kind: 'feed' | 'tag' | 'search'; network?: string; channel?: string; address?: string; words?: string; label?: string;
}
export interface Trial {
  heard: number; matched: number;
  samples: { title: string; text: string; author: string; url: string; said_at: string; matches: string[]; is_match: boolean }[];
  unreadable: { source: string; reason: string; reason_text: string }[];
}
export interface Feed { address: string; title: string; kind: string }

export type Metric =
  | 'followers' | 'posts' | 'impressions' | 'reach' | 'views' | 'likes' | 'replies' | 'reposts'
  | 'quotes' | 'bookmarks' | 'site_clicks' | 'calls' | 'directions' | 'clicks' | 'visitors';
export interface Total {
  metric: Metric; value?: number | null; gained: number | null; before: number | null;
  is_partial?: boolean; by_hand?: boolean;
}
export interface Moved { value: number | null; gained: number | null; is_reset: boolean; is_jump: boolean; by_hand: boolean }
export interface Day { day: string; moved: Partial<Record<Metric, Moved>> }
export interface Period { from: string; to: string }
export interface Report extends Period {
  before: Period; totals: Total[]; channels: { channel: string; totals: Total[] }[]; days: Day[];
  not_measured: { channel: string; metric: Metric }[];
  marks: { day: string; channel: string; metric: Metric; kind: 'reset' | 'jump' }[];
  best: {
    post: string; excerpt: string; delivery: string; channel: string; published_at: string | null;
    gained: Partial<Record<Metric, number | null>>;
  }[];
}
export interface Link {
  code: string; url: string; target: string; label: string; delivery: string | null;
  expires_at: string | null; created_at: string; people: number; visitors: number; bots: number; previews: number;
}
export interface ResponseTime {
  answered: number; median_minutes: number | null; within_target: number | null; target_minutes: number;
}
/** What `/today` adds. */
export interface ToAnswer { open: number; unread: number; items: Item[] }
export interface MonthGave extends Period { totals: Total[] }
