# What is sent: mail and SMS.

mail-subject = Connexion à { $company }
mail-header = Continuez votre connexion
mail-body = Vous, ou quelqu’un qui a saisi votre adresse, avez demandé à { $company } un lien de connexion. Il est valable { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  } et une seule fois.
mail-link = Continuer
mail-info-code = Ou saisissez ce code sur la page qui le demande : { $code }. Personne ne vous demandera jamais ce code, ni au téléphone ni dans un message. Ne le lisez à personne.
mail-info = Personne ne vous demandera jamais ce lien. Ne le transférez à personne.
mail-footer = Vous n’avez rien demandé ? Alors ne faites rien : sans cet e-mail, personne n’entre.

sms-request = { $company }: ouvrez seulement si vous nous parlez:
