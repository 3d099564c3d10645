/* What the API answers, as the pages read it. Kept beside the OpenAPI description. */

export type Mark =
  | 'draft' | 'to_approve' | 'scheduled' | 'going_out' | 'published' | 'to_check'
  | 'late' | 'to_paste' | 'failed' | 'waiting' | 'cancelled';
export type PostState =
  | 'draft' | 'scheduled' | 'going_out' | 'published' | 'needs_attention' | 'failed'
  | 'cancelled' | 'mixed';
export type Role = 'owner' | 'approver' | 'editor' | 'viewer';
export type Choice = 'published' | 'resend' | 'drop';
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'mute';

export interface Workspace { id: string; name: string; role: Role; zone: string; language: string }
export interface Member { id: string; name: string; email: string; language: 'fr' | 'en' }
export interface Session { member: Member; workspaces: Workspace[] }

export interface TextLimit { unit: string; max: number; url_length: number }
export interface VideoRules {
  types: string[]; max_bytes: number; max_seconds: number; min_seconds: number; max_width: number;
  min_side: number; min_ratio: number; max_ratio: number; max_alt: number;
}
export interface Limits {
  text: TextLimit[];
  /** What holds in place of `text` under images; empty: the same. */
  caption: TextLimit[];
  media: { types: string[]; max_count: number; max_bytes: number; max_alt: number };
  text_required: boolean;
  /** Absent or null: it takes no video. Ratios are width by height; 0 is no limit. */
  video?: VideoRules | null;
  /** What holds for each video among several items; absent or null: a video stands alone. */
  mixed?: VideoRules | null;
  video_required?: boolean; title_required?: boolean;
}
export interface ConnectField {
  name: string; label: string; help: string; secret: boolean; required: boolean;
  placeholder: string; choices?: { value: string; label: string; note?: string }[];
}
export interface Network {
  name: string; label: string; resend_class: string; limits: Limits; options: string[];
  fields: ConnectField[]; connect_help: string; price: string; quota: string; closed?: string | null;
  can_connect: boolean; oauth: boolean; oauth_fields: string[]; by_hand: boolean; barrier: string;
  /** What it can do beside publishing; absent: it isn't said. */
  does?: { listen: boolean; answer: boolean; measure: boolean; find: ('tag' | 'search')[] };
}
/** The network that the kits of a channel are pasted on. */
export interface Target { network: string; label: string }
export interface Channel {
  id: string; network: string; network_label: string; name: string; handle: string; url: string;
  status: 'connected' | 'paused' | 'broken' | 'disconnected'; reason: string;
  since: string | null; paused_until: string | null; last_published_at: string | null;
  access_ends_at: string | null;
  target?: Target | null;
  options: string[]; limits: Limits; resend_class: string; charges: boolean;
}

export interface Media {
  sha256: string; alt: string; url: string; width?: number; height?: number; content_type?: string;
  size?: number; duration_ms?: number;
}
export interface Variant {
  text?: string | null; link?: string | null; media?: Media[] | null; title?: string | null;
  content_warning?: string | null; visibility?: string | null; language?: string | null;
  categories?: string[] | null; first_comment?: string | null; is_story?: boolean | null;
}
export interface Attempt { n: number; at: string; version: number; result: string; detail: string; text: string }
export interface Kit {
  title: string; text: string; over_by: number; media: { url: string; alt: string; name: string; content_type: string }[];
  composer_url: string; network_label: string; first_comment: string;
}
export interface Delivery {
  id: string; post: string; channel: string; channel_name: string; network: string;
  network_label: string; target: Target | null; status: string; mark: Mark; why: string | null; reason: string; reason_text: string;
  planned_at: string | null; latest_at: string | null; due_at: string | null;
  next_try_at: string | null; version: number; sent_version: number; remote_url: string | null;
  look_url: string | null; published_at: string | null; rev: number; attempts: Attempt[];
  can: { edit: boolean; cancel: boolean; decide: Choice[] }; kit?: Kit | null; comment: string | null;
}
export interface Note { code: string; message: string }
export interface Post {
  id: string; version: number; is_draft: boolean; state: PostState; excerpt: string;
  text: string; link: string | null; media: Media[]; title: string; content_warning: string;
  visibility: string; language: string; categories: string[]; channels: string[];
  first_comment: string; is_story: boolean; comments_on: string | null;
  variants: Record<string, Variant>; planned_at: string | null; local: string | null;
  zone: string; useful_for_minutes: number; created_at: string; created_by: string;
  updated_at: string; deliveries: Delivery[]; notes: Note[]; too_late: string[];
}
export interface RowDelivery {
  id: string; channel: string; channel_name: string; network: string; target: Target | null; mark: Mark; why: string | null;
}
export interface PostRow {
  id: string; excerpt: string; planned_at: string | null; local: string | null; state: PostState;
  is_draft: boolean; deliveries: RowDelivery[];
}
export interface Todo {
  kind: 'to_check' | 'late' | 'kit' | 'poison' | 'failed' | 'reconnect' | 'source';
  delivery?: string; channel?: string; source?: string; post?: string; excerpt?: string; network: string;
  target: Target | null; channel_name: string; at: string | null; why: string | null; reason: string;
}
export interface Day {
  date: string; weekday: number; is_today: boolean;
  counts: { published: number; scheduled: number; to_do: number; draft: number };
}
export interface Today {
  now: string; local_date: string; todo: Todo[]; todo_total: number; today: PostRow[];
  week: Day[]; free_day: string | null; steps?: { channel: boolean; post: boolean } | null;
  to_answer?: import('./types-inbox.d.ts').ToAnswer | null; month?: import('./types-inbox.d.ts').MonthGave | null;
}
export interface Fault { pointer: string; message: string; code: string }
