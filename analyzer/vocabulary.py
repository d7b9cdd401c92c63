"""The vocabulary of facts: every name that a page may ask for, with its unit.

A dotted name is read straight from ``live/state.json`` or from a command that prints the same; a plain name is
measured. A name ending in a unit carries it in ``number``.
"""

from __future__ import annotations

from collectors.manifest import REPORTED_KEYS

MEASURED: dict[str, str] = {
    # clock
    "clock_error_s": "s",  # one reference: local minus true, positive when the machine's clock runs ahead
    "clock_error_size_s": "s",  # the same without its sign
    "clock_error_agreed_s": "s",  # size on which two independent references agree
    "clock_error_zone_bias_s": "s",  # size of an error that equals the time zone's distance from UTC
    "clock_right_s": "s",  # size of an error below five minutes
    "clock_right_since_failure_s": "s",  # the same, and no record shows a change of the clock since the failure
    "clock_changed_s": "s",  # new minus old time of a change after the failure that was no wake and no zone change
    "certificate_time_error_s": "s",  # how far local time lies outside the certificate Google served
    "tls_date_code": "",  # a date-specific code in a log of Outlook's beside a Google host, which is the subject
    "tls_date_error_with_offset": "",  # a date-specific TLS error beside a measured offset of more than a day
    # tls
    "schannel_for_mail": "",  # of process OUTLOOK or about a Google certificate; number is the event id
    "schannel_of_unknown_process": "",
    # settings of TLS; value is the place, number what it holds
    "tls12_off": "",
    "tls12_off_by_default": "",
    "tls12_set_since_boot": "",
    "tls13_off": "",
    "winhttp_mask_old": "",  # in the view that Outlook reads
    "winhttp_mask_of_others": "",
    "user_mask_old": "",
    "tls_version_error": "",  # value is the event or the code
    "tls_version_error_with_setting": "",  # the same beside a setting, which is the subject
    # webview2
    "webview2_keys_read": "",
    "webview2_present": "",
    "webview2_unregistered": "",
    "webview2_not_on_disk": "",
    "webview2_gone": "",
    "webview2_crash": "",
    "webview2_hang": "",
    "webview2_crash_before_each_attempt": "",
    "webview2_crash_repeated": "",
    "webview2_refused": "",  # number is the event id, value the file
    "webview2_install_forbidden": "",
    "browser_refused": "",  # number is the event id, value the program
    "outlook_child_blocked": "",  # number is the event id: 1121 blocked, 1122 only watched
    "outlook_other_child_blocked": "",  # the same of a program that shows no page
    # proxy; subject is the stack or the host, value the proxy
    "proxy_configured": "",
    "proxy_pac_by_file": "",
    "proxy_settings_read": "",
    "proxy_direct": "",
    "proxy_direct_everywhere": "",
    "proxy_stacks_disagree": "",
    "proxy_left_over": "",
    "proxy_refuses_google": "",  # number is the HTTP status
    "direct_works_proxied_fails": "",
    "proxy_unreachable": "",
    "google_over_route": "",
    "google_names_over_route": "",  # the same, where no mail server's name went unanswered
    "machine_proxy_dead": "",
    # errors in Outlook's log; subject is the host that the line names, value the number
    "proxy_error_in_log": "",  # about Google, or about nobody by name
    "proxy_error_for_others": "",
    "name_error_in_log": "",
    "proxy_script_failed": "",  # subject is the script's address, number the event id
    # certificates; subject is the host
    "served_chain": "",  # genuine|forged|unproven, then trusted|untrusted|misdated|portal|unasked
    "own_root": "",  # subject is the authority, value the SHA-1 of a root that Windows did not fetch
    "inspection_authority_stored": "",  # such a root that stands behind a chain which is not Google's
    "google_root_not_trusted": "",
    "untrusted_error_with_forged_chain": "",
    "capi2_untrusted": "",
    "schannel_unknown_ca": "",  # an alert that Outlook's side sent to a host of Google's, the subject
    "issuer_told": "",  # value is who issued the leaf of a chain that is not proved to be Google's
    "refused_root_may_be_missing": "",  # value is what keeps roots from here, subject the host where it is told
    "unproven_root_not_trusted": "",
    # the sign-in page's own requests; subject is the host
    "page_chain_forged": "",  # refused as untrusted, and not Google's by its signatures; value is the error
    "page_answered": "",  # value is the way, number the HTTP status
    # office; value is what is installed, number its build, subject its channel or product
    "office_build": "",
    "office_volume_build": "",
    "office_monthly_build": "",
    "office_held_build": "",  # subject is what keeps it from being updated
    "office_version_ended_d": "d",  # days since the channel's last update of that version
    "office_older_in_memory": "",  # value is the version that runs, subject the one installed
    "token_before_build": "",
    "outlook_by_msi": "",
    "outlook_by_msi_unconfirmed": "",
    "outlook_older": "",
    "outlook_profile_older": "",  # value is the version
    "google_pop_account": "",
    "only_new_outlook_runs": "",
    "classic_outlook_runs": "",
    "new_outlook_crash": "",
    # settings of Office; value is the place, number what it holds, subject its name
    "office_online_content": "",
    "office_sign_in_options": "",
    "account_type_forbidden": "",
    "account_change_forbidden": "",
    "other_account_types_forbidden": "",
    "simple_setup_forbidden": "",
    "administrator_dialog": "",
    "administrator_dialog_with_policy": "",
    # names; subject is the host, value the address, the error or the servers
    "google_name_in_hosts": "",
    "google_name_answered_locally": "",
    "google_name_unanswered": "",
    "google_names_answered": "",  # number is how many were looked up
    "google_name_timed_out": "",
    "google_name_redirected": "",  # by a rule of the name resolution policy; number is how many it covers
    # firewall
    "outbound_block_recorded": "",  # by the firewall's log alone; number is the event id
    "mail_port_closed": "",  # subject is the host, value the probe's error, number the port
    "outbound_block": "",  # subject is the rule's id, value the program
    "packets_dropped": "",  # subject is the program, value the filter, number the port
    "connection_forbidden": "",  # value is the server, number the socket error
    # networks
    "portal_found": "",
    "portal_passed": "",
    "probe_redirected": "",  # number is the HTTP status
    "vpn_failed": "",  # subject is the connection, value the error
    "vpn_up_at_failure": "",
    "vpn_adapter": "",  # number is 1 when it is up
    # the store of credentials, and whose consent it holds
    "vault_disabled": "",
    "temporary_profile": "",
    "profile_set_aside": "",
    "credential_written": "",
    "identity_of_account": "",  # subject is the account, value whose identity it is
    "identity_of_another": "",
    # the domain of an account; subject is the account's address
    "mx_elsewhere": "",  # value is the mail server
    "mx_at_google": "",
    "autodiscover_elsewhere": "",
    "provider_recognised": "",
    "autodetect_unreachable": "",
    "autodetect_timed_out": "",  # value is the host
    # accounts and tokens; subject is the account's address
    "google_credential": "",
    "google_identity": "",
    "google_profile_account": "",
    "google_page_reached": "",
    "silent_failure_with_token": "",
    "silent_failure_unobserved": "",
    "token_age_h": "h",  # hours from the token's last write to the failure
    "token_renewed_after_h": "h",  # hours from the failure to the token's last write
    "tokens_not_listed": "",  # nothing tells which tokens this person has
    "smtp_token_without_imap": "",
    "token_chunk_missing": "",
    "oauth_refused": "",  # value is the status Google gave
    "oauth_accepted": "",
    "refused_token_replaced": "h",  # hours from the last refusal to the token's next write
    # what Google's servers said; number is by how many hours it is older than the failure, 0 where it is not
    "google_answer": "h",  # value is the cause that Google's words name
    "imap_disabled_by_admin": "h",
    "google_password_refused": "h",  # value is the method of the login
    "google_too_many_logins": "h",
    "google_login_accepted": "h",  # after the failure; value is the protocol
    "consumer_account": "",  # the account is Google's own, value the domain
    "imap_said_off": "",  # of an account for which Google has a switch at all
    # settings of an account in Outlook's profile; subject is its address, value the setting
    "mail_setting_wrong": "",
    "mail_setting_wrong_with_error": "",
    "mail_setting_unusual": "",
    "mail_settings_as_asked": "",
    "imap_folder_subscribed": "",  # after the failure; value is the log's line
    "failure_in_known_incident": "",  # value is the incident's time
}

READ: dict[str, str] = {
    "taken_utc": "",
    "hive.replayed": "",
    "hive.found_in": "",
    "boot_utc": "",
    "host.name": "",
    "host.user": "",
    "host.sid": "",
    "host.elevated": "",
    "host.os_build": "",
    "host.ui_locale": "",
    "host.time_zone": "",
    "host.utc_bias_minutes": "minutes",
    "clock.w32time_state": "",
    "clock.w32time_source": "",
    "clock.samples.source": "",
    "clock.samples.server": "",
    "clock.samples.local_utc": "",
    "clock.samples.reference_utc": "",
    "clock.samples.offset_seconds": "s",
    "clock.samples.round_trip_ms": "ms",
    "credentials.target": "",
    "credentials.type": "",
    "credentials.persist": "",
    "credentials.user_name": "",
    "credentials.last_written_utc": "",
    "credentials.blob_bytes": "bytes",
    "proxy.winhttp.access": "",
    "proxy.winhttp.server": "",
    "proxy.winhttp.bypass": "",
    "proxy.user.auto_detect": "",
    "proxy.user.auto_config_url": "",
    "proxy.user.server": "",
    "proxy.user.bypass": "",
    "proxy.resolved.url": "",
    "proxy.resolved.via": "",
    "webview2.looked_in.place": "",
    "webview2.looked_in.pv": "",
    "webview2.looked_in.outcome": "",
    "webview2.listed.path": "",
    "webview2.listed.outcome": "",
    "webview2.listed.entries": "",
    "webview2.runtimes.scope": "",
    "webview2.runtimes.version": "",
    "webview2.runtimes.path": "",
    "webview2.runtimes.exists": "",
    "tls_probes.host": "",
    "tls_probes.port": "",
    "tls_probes.role": "",
    "tls_probes.local_utc": "",
    "tls_probes.via": "",
    "tls_probes.stage": "",
    "tls_probes.tcp_ok": "",
    "tls_probes.connect_status": "",
    "tls_probes.protocol": "",
    "tls_probes.trusted_by_windows": "",
    "tls_probes.trust_method": "",
    "tls_probes.error": "",
    "tls_probes.http_status": "",
    "tls_probes.http_date_utc": "",
    "tls_probes.chain.subject": "",
    "tls_probes.chain.issuer": "",
    "tls_probes.chain.sha256": "",
    "tls_probes.chain.not_before": "",
    "tls_probes.chain.not_after": "",
    "tls_probes.chain.pem": "",
    "dns.name": "",
    "dns.addresses": "",
    "dns.cached": "",
    "dns.servers": "",
    "dns.error": "",
    "mail_domain.domain": "",
    "mail_domain.mx": "",
    "mail_domain.autodiscover": "",
    "processes.name": "",
    "processes.version": "",
    "processes.path": "",
    "processes.pid": "",
    "processes.parent_pid": "",
    "processes.started_utc": "",
    "processes.elevated": "",
    "volumes.name": "",
    "volumes.free_bytes": "bytes",
    "volumes.holds_profile": "",
    "services.name": "",
    "services.state": "",
    "services.start": "",
    "security_products.name": "",
    "security_products.kind": "",
    "security_products.state": "",
    "mail_stores.path": "",
    "mail_stores.size": "bytes",
    "mail_stores.modified_utc": "",
    "adapters.name": "",
    "adapters.description": "",
    "adapters.up": "",
    "w32tm.leap": "",
    "w32tm.stratum": "",
    "w32tm.last_sync": "",
    "w32tm.source": "",
    "w32tm.phase_offset_s": "s",
    "w32tm.last_sync_error": "",
    "w32tm.seconds_since_good_sync": "s",
    "w32tm.error": "",
    "w32tm.peer": "",
    "clock.samples.error": "",
    "systeminfo.os_build": "",
    "systeminfo.update": "",
    "systeminfo.time_zone": "",
    "certutil.subject": "",
    "certutil.issuer": "",
    "certutil.sha1": "",
    "hosts.address": "",
    "mail_login.account": "",
    "mail_login.account_hint": "",
    "mail_login.local_time": "",
    "mail_login.method": "",
    "mail_login.answer": "",
    "mail_login.oauth_status": "",
    "mail_login.response": "",
    "mail_login.server": "",
    "mail_error.code": "",
    "mail_error.local_time": "",
    "mail_error.socket_error": "",
    "mail_error.server": "",
    "gpresult.gpo": "",
    "office_log.error_code": "",
    "office_log.oauth_error": "",
    "office_log.webview2_error": "",
    "edge_update_log.webview2_error": "",
    "etl.started_utc": "",
    "etl.ended_utc": "",
    "etl.events_lost": "",
    "etl.buffers_lost": "",
    "etl.os_build": "",
    "etl.provider": "",
    "wfp_drops.program": "",
    "wfp_drops.remote_address": "",
    "wfp_drops.remote_port": "",
    "wfp_drops.direction": "",
    "wfp_drops.loopback": "",
    "wfp_drops.filter_id": "",
    "wfp_drops.filter_name": "",
    "wfp_drops.sublayer": "",
    "page_requests.host": "",
    "page_requests.via": "",
    "page_requests.address": "",
    "page_requests.status_code": "",
    "page_requests.tunnel_code": "",
    "page_requests.error": "",
    "page_requests.pem": "",
}

CASE: dict[str, str] = {
    "case.account": "",
    "case.failure_utc": "",
    "case.started_utc": "",
    "case.user_sid": "",
    "case.console_user_sid": "",
    "case.people.sid": "",
    "case.people.name": "",
    "case.reproduced.started_utc": "",
    "case.reproduced.ended_utc": "",
}

# What a person said has `reported.` before its key, and the value yes, no, unknown or a text.
UNITS: dict[str, str] = MEASURED | READ | CASE | {f"reported.{key}": "" for key in REPORTED_KEYS}


def is_said(name: str) -> bool:
    """Whether a fact is what a person said, or follows from that alone: such evidence is strong at most."""
    return name.startswith("reported.") or name in ("google_page_reached", "imap_said_off")
