/** What a condition is for the request that is followed: `either` where its sender chooses, `unknown` where only the running Kamailio knows. */
export type Truth = "yes" | "no" | "either" | "unknown";

const table = (entries: Readonly<Partial<Record<Truth, string>>>): ReadonlyMap<string, Truth> =>
  new Map(
    Object.entries(entries).flatMap(([truth, names]) => names.split(/\s+/).map((n) => [n, truth as Truth] as const)),
  );

/**
 * What functions answer to the first request of a stranger without a password, whose address is in no list. Those about what a message contains are
 * his to choose.
 */
const ANSWERS = table({
  yes: `mf_process_maxfwd_header process_maxfwd maxfwd_process is_maxfwd_lt sanity_check pike_check_req rl_check rl_check_pipe pl_check
    t_newtran ds_select_dst ds_select_domain ds_select ds_select_routes ds_next_dst ds_next_domain load_gws next_gw do_routing route_to_gw
    cr_route cr_next_domain is_request append_branch force_rport t_relay t_relay_to record_route msg_apply_changes save t_on_failure
    t_on_branch t_on_reply remove_hf append_hf sl_send_reply send_reply sdp_remove_codecs_by_name`,
  no: `keepalive_is_known t_lookup_request auth_check www_authenticate proxy_authenticate www_authorize proxy_authorize pv_www_authenticate pv_proxy_authenticate
    pv_auth_check radius_www_authorize radius_proxy_authorize aaa_www_authorize aaa_proxy_authorize autheph_check autheph_www
    autheph_proxy autheph_authenticate www_authenticate_xkey auth_xkeys_check ims_www_authenticate jwt_verify
    allow_source_address allow_address allow_trusted allow_source_address_group allow_address_group ds_is_from_list
    is_from_gw from_gw from_any_gw is_from_trusted is_peer_verified is_trusted_peer check_source_address t_check_trans
    t_precheck_trans t_lookup_cancel t_is_set is_known_dlg t_is_canceled t_check_status t_is_failure_route t_is_branch_route
    isdsturiset isbflagset is_reply registered is_in_subnet is_ip_rfc1918 check_to check_from db_check_to db_check_from`,
  either: `has_credentials search search_body search_hf nat_uac_test client_nat_test is_present_hf has_body starts_with pcre_match pcre_match_group
    is_first_hop strempty is_numeric is_audio_on_hold is_alias compare_uri uri_param from_uri_param is_tel_number is_e164 subst_hf
    has_body_size check_route_param is_direction is_gruu is_rpid_user_e164 avp_check dp_translate dp_match geoip_match geoip2_match
    secf_check_ua secf_check_ip secf_check_country secf_check_from_hdr secf_check_to_hdr secf_check_contact_hdr secf_check_dst
    secf_check_sqli_all secf_check_sqli_hdr check_user_blocklist check_blocklist enum_query sdp_content
    sdp_with_media sdp_with_transport is_sip_uri cmp_istr cmp_str in_list lookup_branches is_int handle_ruri_alias ruri_is_tel has_hf
    len_gt t_load_contacts t_next_contacts t_next_contact_flow is_user_in siptrace_is_on msg_is_nat is_rfc1918_contact check_contact`,
});

export function answerOf(name: string): Truth {
  return ANSWERS.get(name) ?? "unknown";
}

/** Sends the request on. With arguments: to where the script says. */
export const RELAYS: ReadonlySet<string> = new Set(
  "t_relay t_relay_to t_relay_to_udp t_relay_to_tcp t_relay_to_tls t_relay_to_sctp t_forward_nonack t_forward_nonack_udp forward forward_udp forward_tcp forward_tls send send_tcp msg_forward".split(
    " ",
  ),
);

/** Gives the request another destination. */
export const SETS_TARGET: ReadonlySet<string> = new Set(
  `ds_select_dst ds_select_domain ds_select ds_select_routes ds_next_dst ds_next_domain load_gws next_gw do_routing route_to_gw
    cr_route cr_next_domain rewritehost sethost sethp sethost sethostport sethostporttrans rewritehostport rewritehostporttrans seturi
    rewriteuri alias_db_lookup sd_lookup pdt rewrite_uri avp_pushto`.split(/\s+/),
);

/** Finds where our own user is. */
export const LOOKUPS: ReadonlySet<string> = new Set(["lookup", "lookup_branches", "reg_fetch_contacts"]);

/** Asks for a password, in every form. */
export const PASSWORDS: ReadonlySet<string> = new Set(
  `auth_check www_authenticate proxy_authenticate www_authorize proxy_authorize pv_www_authenticate pv_proxy_authenticate pv_auth_check
    radius_www_authorize radius_proxy_authorize aaa_www_authorize aaa_proxy_authorize autheph_check autheph_www autheph_proxy
    autheph_authenticate`.split(/\s+/),
);

/** Knows whom an address belongs to. */
export const PEERS: ReadonlySet<string> = new Set(
  "allow_source_address allow_address allow_trusted allow_source_address_group allow_address_group ds_is_from_list is_from_gw from_gw from_any_gw".split(
    " ",
  ),
);
