//! Claims that mean something: those that the service asks for, and those that an issuer has.

use crate::{
    ConfigError, ConfigErrorKind,
    jwt::{ClaimValue, habits::Meaning, registered::Registered},
};

/// By their names: values that the one pass reads anyway, and meanings of what it has to look for.
pub(super) type Named<T> = Vec<(Box<str>, T)>;

pub(super) fn meanings(
    required: Vec<(String, ClaimValue)>,
    habits: Vec<(&'static str, Meaning)>,
    tenant: Option<String>,
) -> Result<(Named<ClaimValue>, Named<Meaning>), ConfigError> {
    let error = |message: String| Err(ConfigError::new(ConfigErrorKind::Claim, message));
    let habits = habits
        .into_iter()
        .map(|(name, meaning)| (name.into(), meaning));
    let (mut registered, mut others) = (Named::new(), habits.collect::<Named<_>>());
    if let Some(name) = tenant {
        let is_taken = others.iter().any(|(other, _)| **other == *name);
        if is_taken || Registered::can_satisfy(&name, &ClaimValue::Any).is_some() {
            return error(format!(
                "`{name}` cannot name the tenant; give the one that does"
            ));
        }
        others.push((name.into(), Meaning::Tenant));
    }
    for (name, value) in required {
        let name = name.into_boxed_str();
        let is_taken = registered.iter().any(|(other, _)| *other == name)
            || others.iter().any(|(other, _)| *other == name);
        if is_taken {
            return error(format!(
                "`{name}` is required twice, or by a preset; say once what it must be"
            ));
        }
        match Registered::can_satisfy(&name, &value) {
            None => others.push((name, Meaning::Required(value))),
            Some(true) => registered.push((name, value)),
            Some(false) => {
                return error(format!(
                    "`{name}` can be required with `ClaimValue::Any` or, if it is a text, with that"
                ));
            }
        }
    }
    let nobody = |meaning: &Meaning| matches!(meaning, Meaning::OneOf(values) if values.is_empty());
    if let Some((name, _)) = others.iter().find(|(_, meaning)| nobody(meaning)) {
        return error(format!(
            "`{name}` is asked for, and no value is accepted; name at least one"
        ));
    }
    Ok((registered, others))
}

pub(super) fn count(meanings: &[(Box<str>, Meaning)], is: impl Fn(&Meaning) -> bool) -> usize {
    meanings.iter().filter(|(_, meaning)| is(meaning)).count()
}
