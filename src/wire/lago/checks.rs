//! Whether a text is an e-mail, an address on the web, a country, a language.

use url::Url;

/// One address or several with commas between, without invisible characters. None when one of
/// them is no address.
pub fn emails(text: &str) -> Option<String> {
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let visible = visible.trim();
    let all_good = visible.split(',').all(|email| is_email(email.trim()));
    all_good.then(|| visible.to_owned())
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_local = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    !local.is_empty() && local.chars().all(is_local) && domain.split('.').all(is_label)
}

/// With `http` or `https` and a host.
pub fn is_web_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// ISO 3166 alpha-2 in upper case, whatever case it came in.
pub fn country(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    (code.len() == 2 && COUNTRIES.split(' ').any(|known| known == code)).then_some(code)
}

/// ISO 639-1 in lower case, perhaps with a region: `de`, `pt-BR`.
pub fn language(text: &str) -> Option<String> {
    let (language, region) = match text.trim().split_once('-') {
        Some((language, region)) => (language, Some(region)),
        None => (text.trim(), None),
    };
    let language = language.to_ascii_lowercase();
    if !LANGUAGES.split(' ').any(|known| known == language) {
        return None;
    }
    match region {
        None => Some(language),
        Some(region) => country(region).map(|region| format!("{language}-{region}")),
    }
}

const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH \
    BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW \
    CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI \
    GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO \
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH \
    MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA \
    PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL \
    SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US \
    UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce \
    ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu \
    gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn \
    ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne \
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk \
    sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve \
    vi vo wa wo xh yi yo za zh zu";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_checked_one_by_one() {
        assert_eq!(emails("a@b.co, c+d@e.org").as_deref(), Some("a@b.co, c+d@e.org"));
        assert_eq!(emails("a\u{200b}@b.co").as_deref(), Some("a@b.co"));
        for wrong in ["a", "@b.co", "a@", "a@-b.co", "a b@c.de", "a@b.co,", "a@b..co"] {
            assert_eq!(emails(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn codes_are_known_ones() {
        assert_eq!(country("de").as_deref(), Some("DE"));
        assert_eq!(country("DEU"), None);
        assert_eq!(country("ZZ"), None);
        assert_eq!(language("pt-br").as_deref(), Some("pt-BR"));
        assert_eq!(language("xx"), None);
    }

    #[test]
    fn only_web_addresses_are_web_addresses() {
        assert!(is_web_url("https://example.org/hook?a=1"));
        for wrong in ["", "example.org", "ftp://example.org", "http://", "javascript:alert(1)"] {
            assert!(!is_web_url(wrong), "{wrong}");
        }
    }
}
